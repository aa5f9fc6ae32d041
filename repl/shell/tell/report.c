#include "shell/tell/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/trace.h"
#include "base/message/printed.h"
#include "base/process/signal.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "shell/script.h"
#include "shell/hidden.h"
#include "shell/room.h"
#include "shell/shell.h"
#include "shell/tell/calls.h"
#include "shell/tell/changes.h"
#include "shell/tell/ended/ended.h"
#include "shell/tell/ended/fallen.h"
#include "shell/tell/ended/last.h"
#include "shell/tell/fold.h"
#include "shell/tell/json.h"
#include "words/language/command.h"
#include "walls/storage.h"

void report_meaning(const struct shell *shell, const struct plan *plan, bool whole,
		    struct text *ret)
{
	cleanup_text struct text meaning = { 0 };

	report_like(shell, plan, ret);
	if (!plan->meaning || (is_brief(shell) && (is_folded(shell, plan) || starts_only(plan))))
		return;
	text_addf(&meaning, "%s%s%s", plan->meaning, whole && plan->details ? " " : "",
		  whole && plan->details ? plan->details : "");
	text_pad(ret, 3);
	fill(ret, text_of(&meaning), 3, shell->screen.columns);
}

/* That a lesson's line starts a program is said by the line itself. */
static bool says_no_more(const struct shell *shell, const struct step *step)
{
	return is_brief(shell) && starts_only(&step->plan) && !has_failed(step) && !shell->shows[0];
}

void report_done(const struct shell *shell, const struct step *step, size_t from, struct text *ret)
{
	struct op_outcome room;

	if (says_no_more(shell, step))
		return;
	if (folds_from(shell, step, from) && !are_some_asked_for(shell))
		report_stages(shell, step, from, ret);
	else
		for (size_t i = from; i < step->done; i++)
			report_call(shell, &step->plan, i, step_outcome(step, i, &room), step->pid, ret);
}

/* One that was stopped is a job now. */
void report_status(const struct shell *shell, const struct step *step, const struct room *full, struct text *ret)
{
	cleanup_text struct text why = { 0 }, fix = { 0 };

	if (step->status >= 0 && step->plan.program != PROGRAM_BACKGROUND && (step->status || !is_brief(shell)))
		report_ended(shell, step->status, ret);
	if (step->oom)
		report_oom(shell, step->oom, ret);
	if (full && step->status > 0 && !step->oom)
		storage_tell(full, &why, &fix);
	else if (!ended_raw(step, &why, &fix))
		return;
	report_advice(shell, _("why"), text_of(&why), ret);
	report_advice(shell, _("fix"), text_of(&fix), ret);
}

/* "[1] 5121, 7 inside": what a program of the background is called from now on. */
static void report_job(const struct shell *shell, const struct step *step, struct text *ret)
{
	const struct session *session = &shell->session;
	const struct job *job = session->job_count ? &session->jobs[session->job_count - 1] : NULL;

	if (step->plan.program != PROGRAM_BACKGROUND || !job || !job->program.pid)
		return;
	text_addf(ret, "   [%d] %d", job->number, job->program.pid);
	if (job->program.inside && job->program.inside != job->program.pid)
		text_sayf(ret, ", %d inside", job->program.inside);
	text_add(ret, "\n");
}

/* What came or went goes on below itself, not below its mark; where no screen breaks it, it is one row. */
void report_note(const struct shell *shell, const struct step *step, struct text *ret)
{
	size_t width = shell->screen.terminal ? shell->screen.columns : SIZE_MAX;

	for (const char *s = step->note ? step->note : ""; *s;) {
		size_t length = strcspn(s, "\n"), mark = strncmp(s, "+ ", 2) == 0 || strncmp(s, "- ", 2) == 0 ? 2 : 0;
		cleanup_free char *row = text_copyn(s + mark, length - mark);
		text_pad(ret, 3);
		text_addn(ret, s, mark);
		fill(ret, row, 3 + mark, width);
		if (length == mark)
			text_add(ret, "\n");
		s += length + (s[length] == '\n');
	}
}

void report_ready(const struct shell *shell, const struct step *step, size_t from, struct text *ret)
{
	report_done(shell, step, from, ret);
	if (!folds_from(shell, step, from) && !says_no_more(shell, step))
		report_calls(shell, &step->plan, NULL, step->done, step->plan.count, step->pid, ret);
	report_meaning(shell, &step->plan, !is_folded(shell, &step->plan), ret);
	report_note(shell, step, ret);
}

void report_step_changes(struct shell *shell, const struct step *step, struct text *ret)
{
	cleanup_text struct text missing = { 0 };

	if (is_brief(shell) && (is_folded(shell, &step->plan) || starts_only(&step->plan)))
		return;
	if (!step->after->pid) {
		text_say(ret, "   Until its program has begun, its /proc is closed to all but root\n"
			 "   (PR_SET_DUMPABLE): no process in it can ptrace it.\n");
		return;
	}
	report_changes(shell, step->before, step->after, &step->difference, is_folded(shell, &step->plan),
		       ret);
	if (is_brief(shell))
		return;
	missing_walls(step->after, &shell->session.host, &missing);
	if (strcmp(text_of(&missing), text_of(&shell->walls_told)) == 0)
		return;
	if (missing.len)
		text_sayf(ret, "   not confined yet, the host's: %s\n", missing.s);
	text_clear(&shell->walls_told);
	text_add(&shell->walls_told, text_of(&missing));
}

/* One row of the line: as many whole characters as fit. Returns their bytes, *columns how many it takes. */
static size_t take_row(const char *s, size_t width, size_t *columns)
{
	size_t length = strlen(s), taken = 0;
	uint32_t c;

	*columns = 0;
	while (taken < length) {
		size_t bytes = text_character(s + taken, length - taken, &c);
		size_t wide = bytes ? character_columns(c) : 1;
		if (*columns + wide > width && taken)
			break;
		*columns += wide;
		taken += bytes ? bytes : 1;
	}
	return taken;
}

/* The typed line, in rows that the terminal need not wrap, and a caret below the column. Both made
 * visible, so that they agree. */
static void point_at(const struct shell *shell, const struct result *result, struct text *ret)
{
	enum { MARGIN = 2, LEAST = 8, LONGEST = 400 };
	cleanup_text struct text line = { 0 }, before = { 0 };
	int at = result->error.column - result->column;
	size_t length = strlen(result->line), room = shell->screen.columns, columns;

	if (!length || result->error.column == 0 || at < 0 || (size_t)at > length || length > LONGEST)
		return;
	text_add_prose(&line, result->line, length);
	text_add_prose(&before, result->line, (size_t)at);
	/* The caret may stand after the last character. */
	size_t width = room > MARGIN + LEAST ? room - MARGIN - 1 : LEAST, to = text_columns(text_of(&before));
	bool pointed = false;
	for (const char *s = text_of(&line); *s; to -= pointed ? 0 : columns) {
		size_t row = take_row(s, width, &columns);
		text_pad(ret, MARGIN);
		text_addn(ret, s, row);
		text_add(ret, "\n");
		s += row;
		if (!pointed && (to < columns || (to == columns && !*s))) {
			pointed = true;
			text_pad(ret, MARGIN + to);
			text_add(ret, "^\n");
		}
	}
}

void report_advice(const struct shell *shell, const char *word, const char *s, struct text *ret)
{
	if (!s[0])
		return;
	text_addf(ret, "  %s: ", word);
	fill(ret, s, text_columns(word) + 4, shell->screen.columns);
}

enum { INDENT = 7 /* columns of "stave: " */ };

void report_error(const struct shell *shell, const struct result *result, struct text *ret)
{
	const struct error *error = &result->error;
	bool color = shell->screen.color;
	cleanup_text struct text what = { 0 };

	TRACE(TRACE_ERRORS, "%s %s", error->id, error->code ? errno_name(error->code) : "-");
	paint(ret, color, PAINT_ERROR, "stave:");
	if (shell->script && shell->script->name)
		text_addf(&what, "%s:%zu: ", shell->script->name, shell->script->number);
	text_add(ret, " ");
	text_add(&what, error->what);
	if (error->code)
		text_addf(&what, ": %s (%s)", errno_name(error->code), errno_text(error->code));
	/* In a file it is one line, to be searched for. */
	if (isatty(STDERR_FILENO)) {
		fill(ret, text_of(&what), INDENT, shell->screen.columns);
	} else {
		text_add(ret, text_of(&what));
		text_add(ret, "\n");
	}
	point_at(shell, result, ret);
	if (shell->riddle && strncmp(error->id, "lesson.", 7) != 0)
		return;
	report_advice(shell, _("why"), error->why, ret);
	report_advice(shell, _("fix"), error->fix, ret);
}

/* What was done before a call failed does not stay: the step is all or nothing, unless to take it back
 * would lose what no step makes. */
static void report_taken_back(const struct shell *shell, const struct step *step, struct text *ret)
{
	size_t stood = step->done ? step->done - 1 : 0;

	if (step->incomplete) {
		text_sayf(ret, "   the step is incomplete: %s\n   undo takes it back, and so does stave --yes\n",
			  step->note ? step->note : "");
		return;
	}
	if (!step->ok && stood)
		text_addf(ret, message_of(stood, "   the %zu call before it is taken back\n",
					  "   the %zu calls before it are taken back\n"), stood);
	if (!step->ok)
		report_note(shell, step, ret);
}

/* Where the learner said q between two calls: what stands, stays, to be looked at. */
static void report_stopped(const struct result *result, struct text *ret)
{
	text_addf(ret, message_of(result->not_made,
				  "   stopped: %zu call was not made; undo takes back what stands\n",
				  "   stopped: %zu calls were not made; undo takes back what stands\n"),
		  result->not_made);
}

/* What a program's own call had to say, which was told before it was made. */
static void report_detail(const struct shell *shell, const struct step *step, struct text *ret)
{
	struct op_outcome room;
	const struct op_outcome *outcome = step_outcome(step, step->done - 1, &room);
	cleanup_text struct text detail = { 0 };

	if (!outcome->detail[0])
		return;
	message_printed(outcome->detail, &detail);
	text_pad(ret, 3);
	fill(ret, text_of(&detail), 3, shell->screen.columns);
}

static void tell_step(struct shell *shell, struct result *result, struct text *ret)
{
	struct step *step = result->step;

	/* The program's own call was told before it began to print; where it failed it is told
	 * again. */
	if (result->ops_told > step->done || (!step->ok && step->done == result->ops_told))
		result->ops_told = step->done ? step->done - 1 : 0;
	if (!step->ok || !result->changes_told)
		report_done(shell, step, result->ops_told, ret);
	report_taken_back(shell, step, ret);
	if (!step->ok)
		return;
	if (result->not_made)
		report_stopped(result, ret);
	else if (!result->meaning_told)
		report_meaning(shell, &step->plan, !is_folded(shell, &step->plan), ret);
	if (!result->changes_told)
		report_note(shell, step, ret);
	report_job(shell, step, ret);
	if (result->ops_told && result->ops_told == step->done)
		report_detail(shell, step, ret);
	report_status(shell, step, result->is_full ? &result->full : NULL, ret);
	if (step->plan.changes && !result->changes_told && step->after->pid)
		report_step_changes(shell, step, ret);
}

/* What has become the child as a whole is worth a look as a whole. */
static void offer_walls(const struct shell *shell, const struct step *step, struct text *ret)
{
	if (!step->ok || step->plan.child != PLAN_FRESH || !step->plan.changes || is_brief(shell))
		return;
	text_pad(ret, 3);
	paint(ret, shell->screen.color, PAINT_DIM, _("walls draws it and the host side by side"));
	text_add(ret, "\n");
}

static void tell_plan(const struct shell *shell, const struct plan *plan, struct text *ret)
{
	report_calls(shell, plan, NULL, 0, plan->count, 0, ret);
	report_meaning(shell, plan, true, ret);
}

/* It asks about a failure. Mistyped or stopped, it is asked again. */
static bool is_why(const struct result *result)
{
	return result->command && strcmp(result->command->name, "why") == 0;
}

/* What a line for another child needs is done by lines for that child. */
static void address_way_out(const struct shell *shell, struct error *err)
{
	cleanup_text struct text fix = { 0 };

	add_address(shell, &fix);
	text_add(&fix, err->fix);
	if (is_line_for_child(err->fix) && fix.len < sizeof(err->fix))
		memcpy(err->fix, text_of(&fix), fix.len + 1);
}

void result_tell(struct shell *shell, struct result *result)
{
	cleanup_text struct text out = { 0 }, complaint = { 0 };

	if (result->failed) {
		hidden_advise(&result->error);
		room_advise(shell, &result->error);
		address_way_out(shell, &result->error);
	}
	if (!is_why(result))
		last_note(shell, result);
	if (shell->json) {
		result_json(shell, result, &out);
		shell_write(shell, &out);
		return;
	}
	if (result->step && !shell->quiet)
		tell_step(shell, result, &out);
	if (result->step && !shell->quiet)
		offer_walls(shell, result->step, &out);
	if (result->plan.count)
		tell_plan(shell, &result->plan, &out);
	text_addn(&out, text_of(&result->output), result->output.len);
	report_fall(&shell->session, &out);
	shell_write(shell, &out);
	if (result->failed && !result->failure_told) {
		report_error(shell, result, &complaint);
		shell_complain(shell, &complaint);
	}
}

int report_failure(struct shell *shell, const char *line, const struct error *err)
{
	struct result result = { .line = line, .column = 1, .failed = true, .error = *err };

	shell_screen(shell);
	shell->status = 1;
	shell->failed = true;
	if (shell->failure)
		*shell->failure = *err;
	result_tell(shell, &result);
	return shell->keep_going ? 0 : -1;
}
