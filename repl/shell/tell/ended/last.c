#include "shell/tell/ended/last.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/process/signal.h"
#include "shell/shell.h"
#include "shell/tell/ended/ended.h"
#include "shell/tell/ended/killer.h"
#include "words/language/command.h"

void last_done(struct shell *shell)
{
	if (!shell->last)
		return;
	free(shell->last->line);
	free(shell->last->again);
	free(shell->last->name);
	free(shell->last->printed);
	text_done(&shell->last->story);
	text_done(&shell->last->why);
	text_done(&shell->last->fix);
	free(shell->last);
	shell->last = NULL;
}

static bool leads_outside(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->ops[i].op.kind == OP_outlet || plan->ops[i].op.kind == OP_forward)
			return true;
	return false;
}

static void note_plan(const struct plan *plan, struct last_failure *ret)
{
	lift_find(plan, &ret->builds);
	ret->outside = ret->outside || leads_outside(plan);
}

/* What it takes to have it fail again. */
static void note_story(const struct session *session, const struct step *step, struct last_failure *ret)
{
	cleanup_text struct text line = { 0 };

	for (size_t i = 0; i < session->count; i++)
		if (session->steps[i] != step)
			note_plan(&session->steps[i]->plan, ret);
	note_plan(&step->plan, ret);
	ret->storage = step->plan.child == PLAN_CURRENT ? storage_of(session, step->pid) : step->plan.storage;
	session_script(session, step, &ret->story);
	step_line(session, step, &line);
	ret->again = text_copy(text_of(&line));
	ret->terminal = step->plan.program == PROGRAM_TERMINAL;
	ret->aside = step->plan.child == PLAN_ASIDE;
}

void add_address(const struct shell *shell, struct text *ret)
{
	if (shell->turned_from && shell->turned_from != shell->session.at)
		text_addf(ret, "@%s ", shell->session.at->name);
}

void last_note_job(struct shell *shell, const char *line, const struct job *job)
{
	if (job->status <= 0)
		return;
	last_done(shell);
	shell->last = calloc(1, sizeof(*shell->last));
	if (!shell->last)
		out_of_memory();
	*shell->last = (struct last_failure){ .line = text_copy(line), .program = true, .job = true, .status = job->status, .counted = job->oom };
	if (!job_killer_tell(job, &shell->last->why, &shell->last->fix))
		ended_by_status(job->status, job->program.signal, &shell->last->why);
}

/* Or by a page of a file that could not be brought. */
static bool is_by_itself(const struct step *step)
{
	return !step->oom && (!ended_signal(step) || step->status == 128 + SIGBUS);
}

void last_note(struct shell *shell, const struct result *result)
{
	const struct step *step = result->step;
	cleanup_text struct text to = { 0 }, line = { 0 };
	bool program = !result->failed && step && step->status > 0 && step->plan.program != PROGRAM_BACKGROUND;

	if (!result->failed && !program)
		return;
	/* While the cause of a failure is to be found, that failure stays the one that is asked about: check and what the
	 * lesson withholds until then are about it. */
	if (shell->riddle && result->failed && strncmp(result->error.id, "lesson.", 7) == 0)
		return;
	last_done(shell);
	shell->last = calloc(1, sizeof(*shell->last));
	if (!shell->last)
		out_of_memory();
	add_address(shell, &to);
	text_addf(&line, "%s%s", text_of(&to), result->line);
	*shell->last = (struct last_failure){ .line = text_copy(text_of(&line)), .program = program, .error = result->error };
	if (!program)
		return;
	shell->last->status = step->status;
	shell->last->refused = result->refused;
	shell->last->refused_code = result->refused_code;
	note_story(&shell->session, step, shell->last);
	/* What was seen to fail says more than the status, but for a program that something else has ended. */
	shell->last->counted = step->oom;
	/* 127 is a shell's word for a program that it did not find: it looked for it in many places. */
	shell->last->known = result->refused_why[0] && !step->oom && !ended_signal(step) &&
			     (result->refused_sure || step->status != 127);
	if (shell->last->known) {
		if (result->refused_perhaps)
			text_sayf(&shell->last->why, "it ended itself with status %d, perhaps for this, which many programs expect: %s", step->status, result->refused_why);
		else
			text_add(&shell->last->why, result->refused_why);
		text_add(&shell->last->fix, is_line_for_child(result->refused_fix) ? text_of(&to) : "");
		text_add(&shell->last->fix, result->refused_fix);
		return;
	}
	bool seen = step->plan.program != PROGRAM_TERMINAL && !step->plan.traced && !step->plan.follows;
	if (result->is_full && is_by_itself(step))
		ended_full(step, &result->full, &shell->last->why, &shell->last->fix);
	else if (!ended_signal(step) && ended_read_only(step, seen ? text_of(&shell->printed) : NULL, &shell->last->why, &shell->last->fix))
		shell->last->optioned = true;
	else
		ended_why(&shell->session, step, seen ? text_of(&shell->printed) : NULL, text_of(&to), &shell->last->why, &shell->last->fix);
	if (step->oom || step->status >= STATUS_STAVE || step->plan.child != PLAN_CURRENT || step->plan.joins || step->plan.program == PROGRAM_TERMINAL)
		return;
	shell->last->name = text_copy(ended_program(step));
	shell->last->printed = text_copy(text_of(&shell->printed));
	shell->last->pid = step->pid;
}
