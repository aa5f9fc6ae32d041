/* kill: a signal to a process of the child. */
#include <signal.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "base/process/signal.h"
#include "base/show/table.h"
#include "shell/shell.h"
#include "snapshot/process.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "TARGET", WORD_TEXT, .offers = OFFERS_JOBS, .means = "%N or NAME, a job or child; or PID, as the host sees it" },
	{ "SIGNAL", WORD_SIGNAL, .optional = true, .means = "name or number; TERM when missing" },
	{ 0 }
};

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
	pid_t pid = numbered ? 0 : session_named(session, s);
	if (pid)
		return pid;
	if (numbered)
		fail_arg(err, ERR_JOB_ABSENT, words, 0, "no running job %s", vis(s));
	else
		fail_arg(err, ERR_JOB_ABSENT, words, 0, "this session has no process or running job %s", vis(s));
	fail_fix(err, "names belong to this session: jobs lists the jobs, ps the processes; !ps -ef "
		      "shows the PID of another session's, !kill PID ends it");
	return 0;
}

/* What is stopped receives no signal but KILL and CONT before it goes on, so shells send CONT behind
 * those that are to end a job. */
static void wake_stopped(struct session *session, pid_t pid, int signal, struct text *ret)
{
	if (signal != SIGTERM && signal != SIGHUP)
		return;
	for (size_t i = 0; i < session->job_count; i++) {
		struct job *job = &session->jobs[i];
		if (job->program.pid == pid && job_is_stopped(job) && program_signal(&job->program, SIGCONT) == 0)
			text_sayf(ret, "kill(%d, SIGCONT): it was stopped\n", pid);
	}
}

/* The call succeeds although the signal goes nowhere: kill(2) does not tell. */
static void tell_dropped(const struct shell *shell, const struct words *words, int signal,
			 struct text *ret)
{
	const char *known = signal_name(signal);
	cleanup_text struct text note = { 0 };

	text_sayf(&note, "it is PID 1 of its pid namespace and has no handler for %s%s, so the kernel "
			 "drops it: pid_namespaces(7)",
		  known ? "SIG" : _("signal "), known ? known : words_arg(words, 1));
	table_note(note.s, 3, shell->screen.columns, ret);
	text_pad(ret, 3);
	text_add(ret, "kill ");
	text_add_sh(ret, words_arg(words, 0));
	text_say(ret, " KILL ends it\n");
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	const char *name = words_arg(words, 1);
	int signal = name ? signal_number(name) : SIGTERM;

	if (signal < 0) {
		fail_arg(err, ERR_ARGUMENT_CHOICE, words, 1, "no such signal: %s", vis(name));
		return fail_fix(err, "TERM, KILL, INT, HUP, STOP, CONT, ... or a number below %d",
				NSIG);
	}
	session_reap(&shell->session);
	pid_t pid = target_called(&shell->session, words, err);
	if (!pid)
		return -1;
	/* Asked before: a signal that is not dropped may end it. */
	bool dropped = process_drops(pid, signal);
	if (session_kill(&shell->session, pid, signal, err) < 0)
		return -1;
	const char *known = signal_name(signal);
	text_addf(ret, "kill(%d, %s%s)\n", pid, known ? "SIG" : "", known ? known : name);
	wake_stopped(&shell->session, pid, signal, ret);
	if (dropped)
		tell_dropped(shell, words, signal, ret);
	return 0;
}

const struct command command_kill = {
	.name = "kill", .kind = ACTS, .group = GROUP_RUNNING, .act = act, .moves_story = true, .args = args,
	.summary = "send a signal to a job or another process of the child's world",
	.explain = "TARGET must be a process of the child's world; the host's are refused. From "
		"inside its pid namespace the first process receives only signals it handles, and "
		"from outside only KILL and STOP always take effect: pid_namespaces(7).",
	.example = "spawn sleep 100\nkill %1 KILL\njobs",
};
