#include "shell/lines/dispatch.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/net/door.h"
#include "base/process/proc.h"
#include "base/show/paint.h"
#include "shell/build.h"
#include "shell/script.h"
#include "shell/shell.h"
#include "shell/acts/lesson/lessons.h"
#include "shell/attend/view.h"
#include "shell/lines/address.h"
#include "shell/lines/prompt.h"
#include "shell/tell/next.h"
#include "shell/tell/jobs.h"
#include "shell/tell/report.h"
#include "shell/terminal/signals.h"
#include "snapshot/network/network.h"
#include "walls/walls.h"
#include "words/foreign/foreign.h"
#include "words/language/command.h"
#include "words/language/words.h"
#include "words/plans/network/network.h"

enum { STATUS_FAILED = 1, STATUS_NOT_RUN = STATUS_STAVE + 1, STATUS_NOT_FOUND };

/* Docker's exit statuses if a program could not be started: 126, 127, 125 for all else. */
static int status_of_failure(const struct step *step)
{
	if (!step || step->plan.program == PROGRAM_NONE)
		return STATUS_FAILED;
	if (!step->done)
		return STATUS_STAVE;
	enum op_kind kind = step->plan.ops[step->done - 1].op.kind;
	int code = step_code(step, step->done - 1);
	if (!code || op_info(kind)->starts != STARTS_PROGRAM)
		return STATUS_STAVE;
	return code == ENOENT || code == ENOTDIR ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}

/* Whether the command's status is a program's: of the one typed, or of the image's own. */
static bool runs_program(const struct command *command, const struct words *words)
{
	size_t i = 0;

	if (command->runs && command->runs(words))
		return true;
	for (const struct arg_spec *arg = command->args; arg && arg->name; arg++, i++)
		if (arg->kind == WORD_PROGRAM)
			return words->count > i;
	return false;
}

/* A refused value of an option keeps a program from starting, as a refused plan does; a line with wrong
 * words never got as far as a program. */
static bool is_refused_value(const struct error *err)
{
	return strcmp(err->id, error_row(ERR_OPTION_CHOICE)->id) == 0;
}

static int perform(struct shell *shell, const struct words *words, struct result *result)
{
	struct watching watching = watch(shell, result);
	struct view view;
	struct plan plan;

	if (plan_build(shell, result->command, words, &plan, &result->error) < 0) {
		shell->status = runs_program(result->command, words) ? STATUS_STAVE : shell->status;
		return -1;
	}
	if (shell->dry_run) {
		session_imagine(&shell->session, &plan);
		result->plan = plan;
		return 0;
	}
	if (plan.ask && view_ask(shell, plan.ask, &result->error) < 0) {
		plan_done(&plan);
		return -1;
	}
	shell->session.quiet = shell->quiet && !shell->json && !lessons_logged(shell);
	view_make(&watching, words_flag(words, "--step") != NULL, &view);
	int ret = session_perform(&shell->session, result->line, &plan, &view, &result->step,
				  &result->error);
	if (ret < 0)
		shell->status = status_of_failure(result->step);
	else if (result->step->status > 0)
		shell->status = result->step->status;
	if (ret == 0 && result->step->status > 0 && result->step->plan.program == PROGRAM_BACKGROUND)
		job_tell_stopped(&shell->session.jobs[shell->session.job_count - 1], &result->output);
	/* Where none could begin, the number says why. */
	if (ret == 0 || shell->status >= STATUS_STAVE)
		shell->ended = shell->status;
	return ret;
}

/* A command that looks sees the child as it is now, not as the last step left it. */
static int look(struct shell *shell, const struct words *words, struct result *result)
{
	struct context context;

	build_notice_jobs(shell, result->command, words);
	if (session_see(&shell->session, &result->error) < 0 ||
	    (shell->session.at->child && session_look(&shell->session, &result->error) < 0))
		return -1;
	if (command_ready(result->command, words, true, &shell->session.facts, &shell->busybox,
			  &result->error) < 0)
		return -1;
	shell_context(shell, &context);
	return result->command->look(&context, words, &result->output, &result->error);
}

static int carry_out(struct shell *shell, const struct words *words, struct result *result)
{
	const struct command *command = result->command;

	if (command->only_looks && command->only_looks(words))
		return look(shell, words, result);
	if (command_acts(command, words))
		return words->choice->act(shell, words, result);
	switch (command->kind) {
	case BUILDS:
		return perform(shell, words, result);
	case LOOKS:
		return look(shell, words, result);
	case ACTS:
		return command->act(shell, words, result);
	}
	return -1;
}

/* Show a script's line after a prompt, as if it had been typed. */
static void show_line(struct shell *shell, const char *line)
{
	bool unwanted = shell->json || (shell->quiet && !shell->echo);

	if (!shell->script || !shell->script->name || unwanted)
		return;
	prompt_add(shell, false, &shell->pending);
	text_add_prose(&shell->pending, line, strlen(line));
	text_add(&shell->pending, "\n");
	/* In quiet mode no report follows that would write this before the program's output. */
	if (shell->quiet)
		shell_write(shell, &(struct text){ 0 });
}

/* Only for a user who types, and is not led by a lesson or a script; and of a step of the child that lines are
 * for, which may be confined, as the router is not. */
static bool wants_next(const struct shell *shell, const struct result *result)
{
	const struct step *step = result->step;
	bool typed = shell->interactive && !(shell->script && shell->script->name);

	return shell->next && typed && !shell->quiet && !shell->json && !lessons_played(shell) &&
	       !result->failed && step && step->plan.changes && step->plan.child != PLAN_ASIDE &&
	       step->owner == shell->session.at && strcmp(step->owner->name, ROUTER) != 0;
}

static void tell_next(struct shell *shell, const struct result *result)
{
	const struct sides sides = { .child = &shell->session.at->now, .host = &shell->session.host };
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text line = { 0 }, text = { 0 };

	if (!wants_next(shell, result))
		return;
	text_say(&line, "   next: ");
	const char *next = next_line(&sides, shell->session.facts.root, &arena);
	text_add_visible(&line, next, strlen(next));
	paint(&text, shell->screen.color, PAINT_DIM, text_of(&line));
	text_add(&text, "\n");
	shell_write(shell, &text);
}

/* A line in another tool's language that has no single meaning here. */
static int run_refused(struct shell *shell, const struct statement *statement, const struct error *err)
{
	struct result result = { .line = statement->text, .column = statement->column, .failed = true, .error = *err };

	shell->status = STATUS_FAILED;
	result_tell(shell, &result);
	if (shell->failure)
		*shell->failure = result.error;
	lessons_heard(shell, &result);
	shell->failed = true;
	return shell->keep_going ? 0 : -1;
}

static int run_own(struct shell *shell, const struct statement *statement, bool shown);

/* A line that Stave puts before another, as if it had been typed: a step of its own. */
static int run_first(struct shell *shell, const char *line)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct error err;
	size_t count;

	if (words_split(line, strlen(line), &arena, &list, &count, &err) < 0)
		return report_failure(shell, line, &err);
	if (!shell->json && !shell->quiet && !(shell->script && shell->script->name))
		text_sayf(&shell->pending, "   first: %s\n", line);
	run_own(shell, &list[0], false);
	return shell->status ? -1 : 0;
}

/* What has to be carried out before these words can be. */
static int run_before(struct shell *shell, const struct command *command, const struct words *words,
		      struct undone *undone)
{
	const char *line, *last = "";
	struct context context;

	while (command->before) {
		shell_context(shell, &context);
		line = command->before(&context, words);
		if (!line || strcmp(line, last) == 0)
			break;
		last = line;
		session_put_aside(&shell->session, undone);
		if (run_first(shell, line) < 0)
			return -1;
	}
	return 0;
}

/* The line has failed for which steps were made: they go, too, and what redo could bring back is there again. */
static void take_back_first(struct shell *shell, size_t count, struct undone *undone)
{
	cleanup_text struct text lost = { 0 };
	struct session *session = &shell->session;
	struct error ignored;

	if (session->count > count && !session->steps[session->count - 1]->incomplete)
		session_undo(session, session->count - count, &lost, &ignored);
	session_settle_aside(session, undone, session->count == count);
}

static int run_own(struct shell *shell, const struct statement *statement, bool shown)
{
	cleanup_arena struct arena arena = { 0 };
	struct result result = { .line = statement->text, .column = statement->column };
	size_t count = shell->session.count;
	struct undone undone = { 0 };
	struct words words;

	if (!shown)
		show_line(shell, statement->text);
	proc_forget();
	session_forget_fall(&shell->session);
	shell->status = STATUS_FAILED;
	shell->ended = 0;
	result.failed = true;
	result.command = command_find(&statement->words[0], &result.error);
	if (result.command && command_accept(result.command, statement->words, statement->count,
					    &arena, &words, &result.error) < 0) {
		if (is_refused_value(&result.error) && runs_program(result.command, &words))
			shell->status = STATUS_STAVE;
	} else if (result.command && run_before(shell, result.command, &words, &undone) < 0) {
		shell->status = runs_program(result.command, &words) ? STATUS_STAVE : shell->status;
		take_back_first(shell, count, &undone);
		return shell->keep_going ? 0 : -1;
	} else if (result.command) {
		shell->status = 0;
		result.failed = carry_out(shell, &words, &result) < 0 && command_advise(result.command, &words, &result.error) < 0;
		if (result.failed && shell->status == 0)
			shell->status = STATUS_FAILED;
	}
	if (result.failed)
		take_back_first(shell, count, &undone);
	session_settle_aside(&shell->session, &undone, false);
	result_tell(shell, &result);
	tell_next(shell, &result);
	if (result.failed && shell->failure)
		*shell->failure = result.error;
	lessons_heard(shell, &result);
	plan_done(&result.plan);
	text_done(&result.output);
	json_decref(result.trace);
	shell->failed = shell->failed || result.failed;
	return result.failed && !shell->keep_going ? -1 : 0;
}

/* Show the lines that another tool's line means here, for the next time, and run them. */
static int run_instead(struct shell *shell, const char *line, struct arena *arena)
{
	struct statement *list;
	struct error err;
	size_t count;
	int failed = 0;

	if (words_split(line, strlen(line), arena, &list, &count, &err) < 0)
		return report_failure(shell, line, &err);
	if (!shell->json && !shell->quiet && !(shell->script && shell->script->name))
		text_sayf(&shell->pending, "   here: %s\n", line);
	for (size_t i = 0; i < count && !failed && !shell->interrupted && !shell->leaving; i++)
		failed = run_own(shell, &list[i], false);
	return failed;
}

static int run_read(struct shell *shell, const struct statement *statement, bool shown)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text line = { 0 };
	struct error err;

	network_forget(); /* not for what comes before a line: that asks the same */
	session_cut_loose(&shell->session);
	switch (foreign_read(statement, &arena, &line, &err)) {
	case FOREIGN_NOT:
		return run_own(shell, statement, shown);
	case FOREIGN_DONE:
		if (!shown)
			show_line(shell, statement->text);
		return run_instead(shell, text_of(&line), &arena);
	case FOREIGN_ANSWERED:
		if (!shown)
			show_line(shell, statement->text);
		return run_refused(shell, statement, &err);
	}
	return -1;
}

/* shown: it was shown already, as a part of another line. What it asked other network namespaces by ends with it. */
static int run_whole(struct shell *shell, const struct statement *statement, bool shown)
{
	int ret = run_read(shell, statement, shown);

	door_close_all();
	return ret;
}

/* "@NAME WORD...": run the line for that child; later lines are for the previous one again. */
static int run_for(struct shell *shell, const struct statement *statement)
{
	struct session *session = &shell->session;
	struct sibling *at = session->at;
	struct undone undone = { 0 };
	struct statement rest;
	struct error err;

	show_line(shell, statement->text);
	size_t count = session->count;
	if (strcmp(statement->words[0].s, "@" ROUTER) == 0 && statement->count > 1 && !session_sibling(session, ROUTER)) {
		session_put_aside(session, &undone);
		if (run_first(shell, "child new " ROUTER) < 0) {
			take_back_first(shell, count, &undone);
			return shell->keep_going ? 0 : -1;
		}
	}
	struct sibling *sibling = addressed(session, statement, &rest, &err);
	if (!sibling)
		return run_refused(shell, statement, &err);
	bool failed_before = shell->failed;
	shell->failed = false;
	session_turn(session, sibling);
	shell->turned_from = at;
	int failed = run_whole(shell, &rest, true);
	shell->turned_from = NULL;
	session_turn(session, at);
	if (shell->failed)
		take_back_first(shell, count, &undone);
	session_settle_aside(session, &undone, false);
	shell->failed = shell->failed || failed_before;
	session_stay(session);
	return failed;
}

static int run_statement(struct shell *shell, const struct statement *statement)
{
	if (statement->words[0].s[0] == '@' && !statement->words[0].quoted)
		return run_for(shell, statement);
	return run_whole(shell, statement, false);
}

int shell_line(struct shell *shell, const char *line, size_t length)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct error err;
	size_t count;
	int failed = 0;

	shell_screen(shell);
	shell->interrupted = false;
	if (words_split(line, length, &arena, &list, &count, &err) < 0)
		return report_failure(shell, line, &err);
	for (size_t i = 0; i < count && !failed && !shell->leaving; i++) {
		failed = run_statement(shell, &list[i]);
		if (signals_any())
			shell_hear(shell, signals_take());
		if (shell->interrupted)
			failed = -1;
	}
	return failed;
}
