#include "shell/acts/acts.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/paint.h"
#include "base/signal.h"
#include "base/table.h"
#include "shell/script.h"
#include "shell/shell.h"
#include "shell/stage.h"
#include "shell/acts/help.h"
#include "shell/acts/top.h"
#include "shell/acts/verify.h"
#include "shell/acts/lesson/lessons.h"
#include "shell/tell/changes.h"
#include "shell/tell/report.h"
#include "shell/terminal/history.h"
#include "snapshot/process.h"

enum { MANY = 1000000 };

/* An optional argument that is a number, fallback where it is missing. */
static size_t number_of(const struct words *words, size_t i, size_t fallback)
{
	uint64_t number = fallback;

	if (words_arg(words, i))
		parse_number(words_arg(words, i), &number);
	return number < MANY ? (size_t)number : MANY;
}

static void act_steps(struct shell *shell, struct text *ret)
{
	const struct session *session = &shell->session;
	bool color = shell->screen.color;

	if (!session->total)
		text_add(ret, "no steps yet\n");
	for (size_t i = 0; i < session->total; i++) {
		cleanup_text struct text line = { 0 };
		const struct step *step = session->steps[i];
		text_addf(&line, "%4zu  ", i + 1);
		text_add_visible(&line, step->line, strlen(step->line));
		if (i < session->count) {
			text_add(ret, text_of(&line));
		} else {
			text_add(&line, "   (undone)");
			paint(ret, color, PAINT_DIM, text_of(&line));
		}
		text_add(ret, "\n");
	}
}

/* What stands after going back or forth. */
static void tell_where(struct shell *shell, const struct text *lost, struct text *ret)
{
	const struct session *session = &shell->session;

	if (lost->len) {
		text_add(ret, "what could not be restored:\n");
		for (const char *s = lost->s; *s;) {
			size_t length = strcspn(s, "\n");
			text_add(ret, "  ");
			text_addn(ret, s, length);
			text_add(ret, "\n");
			s += length + (s[length] == '\n');
		}
	}
	text_addf(ret, "%zu step%s stand%s, %zu can be redone\n", session->count,
		  session->count == 1 ? "" : "s", session->count == 1 ? "s" : "",
		  session->total - session->count);
	if (session->child)
		report_changes(shell, &session->now, &session->now, NULL, ret);
}

/* undo and redo name the lines that they touch. */
static void name_steps(const struct session *session, const char *word, size_t from, size_t to,
		       struct text *ret)
{
	for (size_t i = from; i < to; i++) {
		text_addf(ret, "%s: ", word);
		text_add_visible(ret, session->steps[i]->line, strlen(session->steps[i]->line));
		text_add(ret, "\n");
	}
}

static int act_undo(struct shell *shell, const struct words *words, struct text *ret,
		    struct error *err)
{
	struct session *session = &shell->session;
	size_t n = number_of(words, 0, 1), before = session->count;
	cleanup_text struct text lost = { 0 };

	if (n > before) {
		fail(err, 0, "undo: %zu steps back, but only %zu stand", n, before);
		return fail_fix(err, before ? "undo %zu takes all of them back" :
					      "there is nothing to take back", before);
	}
	if (session_undo(session, n, &lost, err) < 0)
		return -1;
	name_steps(session, "undone", session->count, before, ret);
	tell_where(shell, &lost, ret);
	return 0;
}

static int act_redo(struct shell *shell, const struct words *words, struct text *ret,
		    struct error *err)
{
	struct session *session = &shell->session;
	size_t n = number_of(words, 0, 1), before = session->count;
	size_t can = session->total - before;
	cleanup_text struct text lost = { 0 };

	if (n > can)
		return fail(err, 0, "redo: %zu steps forth, but only %zu can be redone", n, can);
	if (session_redo(session, n, &lost, err) < 0)
		return -1;
	name_steps(session, "redone", before, session->count, ret);
	tell_where(shell, &lost, ret);
	return 0;
}

static int act_reset(struct shell *shell, struct text *ret, struct error *err)
{
	cleanup_text struct text lost = { 0 };

	if (session_reset(&shell->session, &lost, err) < 0)
		return -1;
	tell_where(shell, &lost, ret);
	return 0;
}

/* The plan of the command that follows; result_tell() shows it. */
static int act_plan(struct shell *shell, const struct words *words, struct result *result)
{
	cleanup_arena struct arena arena = { 0 };
	const struct command *command = command_find(&words->args[0], &result->error);
	struct words inner;

	if (!command || command_accept(command, words->args, words->count, &arena, &inner,
				      &result->error) < 0)
		return -1;
	if (command->kind != BUILDS || (command->only_looks && command->only_looks(&inner))) {
		text_addf(&result->output, "%s makes no calls on the child: it %s\n", command->name,
			  command->kind == ACTS ? "is a word of the shell" : "only looks");
		return 0;
	}
	return plan_build(shell, command, &inner, &result->plan, &result->error);
}

static int act_source(struct shell *shell, const struct words *words, struct result *result)
{
	const char *path = words_arg(words, 0);
	struct error *err = &result->error;
	int ret = script_run_file(shell, path, err);

	if (ret < 0)
		err->column = words->args[0].column;
	if (ret > 0) {
		fail(err, 0, "source %s: stopped at a command that failed", vis(path));
		result->failure_told = true;
	}
	return ret ? -1 : 0;
}

static int act_help(struct shell *shell, const struct words *words, struct text *ret,
		    struct error *err)
{
	const struct command *command;

	if (words->count == 0) {
		help_table(&shell->screen, ret);
		return 0;
	}
	command = command_find(&words->args[0], err);
	if (!command)
		return -1;
	help_page(&shell->screen, command, ret);
	return 0;
}

/* What a job has printed lies in a memory file: session/perform.c. */
static int show_output(const struct session *session, const struct words *words, struct text *ret,
		       struct error *err)
{
	size_t number = number_of(words, 0, 0);
	char bytes[4096];
	off_t at = 0;
	ssize_t n;

	for (size_t i = 0; i < session->job_count; i++) {
		const struct job *job = &session->jobs[i];
		if ((size_t)job->number != number)
			continue;
		while ((n = pread(job->program.out, bytes, sizeof(bytes), at)) > 0) {
			text_addn(ret, bytes, (size_t)n);
			at += n;
		}
		return 0;
	}
	fail_arg(err, words, 0, "there is no job %zu", number);
	return fail_fix(err, "jobs lists them");
}

static int act_jobs(struct shell *shell, const struct words *words, struct text *ret,
		    struct error *err)
{
	struct session *session = &shell->session;

	session_jobs(session);
	if (words->count)
		return show_output(session, words, ret, err);
	if (!session->job_count)
		text_add(ret, "no jobs; spawn CMD starts one\n");
	for (size_t i = 0; i < session->job_count; i++) {
		const struct job *job = &session->jobs[i];
		text_addf(ret, "[%d]  %7d  ", job->number, job->program.pid);
		if (job->ended)
			text_addf(ret, "ended with status %-4d ", job->status);
		else
			text_add(ret, "running  ");
		text_addf(ret, "%s\n", vis(job->label ? job->label : ""));
	}
	return 0;
}

/* PID, %N or a job's name; 0 with err when it names nothing. */
static pid_t target_called(const struct session *session, const struct words *words,
			   struct error *err)
{
	const char *s = words_arg(words, 0);
	uint64_t number;
	bool numbered = parse_number(s[0] == '%' ? s + 1 : s, &number) && number && number <= 4194304;

	if (numbered && s[0] != '%')
		return (pid_t)number;
	for (size_t i = 0; i < session->job_count; i++) {
		const struct job *job = &session->jobs[i];
		if (!job->ended && (numbered ? job->number == (int)number : strcmp(job->label, s) == 0))
			return job->program.pid;
	}
	if (numbered)
		fail_arg(err, words, 0, "no running job %s", vis(s));
	else
		fail_arg(err, words, 0, "%s is neither a process nor a running job", vis(s));
	fail_fix(err, "jobs lists the jobs, ps the processes");
	return 0;
}

/* The call succeeds although the signal goes nowhere: kill(2) does not tell. */
static void tell_dropped(const struct shell *shell, const struct words *words, int signal,
			 struct text *ret)
{
	const char *known = signal_name(signal);
	cleanup_text struct text note = { 0 };

	text_addf(&note, "it is PID 1 of its pid namespace and has no handler for %s%s, so the kernel "
			 "drops it: pid_namespaces(7)",
		  known ? "SIG" : "signal ", known ? known : words_arg(words, 1));
	table_note(note.s, 3, shell->screen.columns, ret);
	text_pad(ret, 3);
	text_add(ret, "kill ");
	text_add_sh(ret, words_arg(words, 0));
	text_add(ret, " KILL ends it\n");
}

static int act_kill(struct shell *shell, const struct words *words, struct text *ret,
		    struct error *err)
{
	const char *name = words_arg(words, 1);
	int signal = name ? signal_number(name) : SIGTERM;

	if (signal < 0) {
		fail_arg(err, words, 1, "no such signal: %s", vis(name));
		return fail_fix(err, "TERM, KILL, INT, HUP, STOP, CONT, ... or a number below %d",
				NSIG);
	}
	session_jobs(&shell->session);
	pid_t pid = target_called(&shell->session, words, err);
	if (!pid)
		return -1;
	/* Asked before: a signal that is not dropped may end it. */
	bool dropped = process_drops(pid, signal);
	if (session_kill(&shell->session, pid, signal, err) < 0)
		return -1;
	const char *known = signal_name(signal);
	text_addf(ret, "kill(%d, %s%s)\n", pid, known ? "SIG" : "", known ? known : name);
	if (dropped)
		tell_dropped(shell, words, signal, ret);
	return 0;
}

static int act_host(struct shell *shell, const struct words *words, struct result *result)
{
	const char *text = words_arg(words, 0);
	int status = 0;

	if (shell->dry_run) {
		text_addf(&result->output, "%s would run on the host\n", vis(text));
		return 0;
	}
	int ret = host_run(shell, text, shell->json ? &result->output : NULL, &status,
			   &result->error);
	shell->status = status;
	return ret;
}

static int act_save(struct shell *shell, const struct words *words, struct text *ret,
		    struct error *err)
{
	if (shell->dry_run) {
		text_addf(ret, "the steps would be written to %s\n", vis(words_arg(words, 0)));
		return 0;
	}
	if (session_save(&shell->session, words_arg(words, 0), err) < 0)
		return -1;
	text_addf(ret, "%zu step%s saved; source %s does them again\n", shell->session.count,
		  shell->session.count == 1 ? "" : "s", vis(words_arg(words, 0)));
	return 0;
}

int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;

	switch (result->command->act) {
	case ACT_STEPS:
		return act_steps(shell, ret), 0;
	case ACT_UNDO:
		return act_undo(shell, words, ret, err);
	case ACT_REDO:
		return act_redo(shell, words, ret, err);
	case ACT_RESET:
		return act_reset(shell, ret, err);
	case ACT_PLAN:
		return act_plan(shell, words, result);
	case ACT_SAVE:
		return act_save(shell, words, ret, err);
	case ACT_SOURCE:
		return act_source(shell, words, result);
	case ACT_SET:
		return set_option(shell, words, ret, err);
	case ACT_HELP:
		return act_help(shell, words, ret, err);
	case ACT_HISTORY:
		return history_show(number_of(words, 0, MANY), ret), 0;
	case ACT_VERSION:
		return text_add(ret, "stave " STAVE_VERSION "\n"), 0;
	case ACT_QUIT:
		return shell->leaving = true, 0;
	case ACT_JOBS:
		return act_jobs(shell, words, ret, err);
	case ACT_KILL:
		return act_kill(shell, words, ret, err);
	case ACT_HOST:
		return act_host(shell, words, result);
	case ACT_VERIFY:
		return verify_run(shell, words, ret, err);
	case ACT_TOP:
		return top_run(shell, words, ret, err);
	case ACT_IMAGE:
		return act_image(shell, words, ret, err);
	case ACT_COMMIT:
		return act_commit(shell, words, ret, err);
	case ACT_CHECK:
		return words->count ? check_act(shell, words, result) :
				      lessons_act(shell, words, result);
	case ACT_LESSONS:
	case ACT_LESSON:
	case ACT_NEXT:
	case ACT_BACK:
	case ACT_HINT:
	case ACT_SOLUTION:
	case ACT_AGAIN:
	case ACT_PROGRESS:
		return lessons_act(shell, words, result);
	case NOT_AN_ACT:
		break;
	}
	return fail(err, ENOSYS, "%s", result->command->name);
}
