/* jobs: programs in the background. */
#include "base/text.h"
#include "session/host/ring.h"
#include "shell/shell.h"
#include "shell/tell/ended/killer.h"
#include "shell/tell/jobs.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "N", WORD_NUMBER, .optional = true, .means = "show what job N has printed" },
	{ 0 }
};

static int show_output(struct shell *shell, const struct words *words, struct text *ret,
		       struct error *err)
{
	cleanup_text struct text printed = { 0 };
	size_t number = words_number(words, 0, 0);
	uint64_t dropped;

	if (session_output(&shell->session, number, &printed, &dropped) < 0) {
		fail_arg(err, ERR_JOB_ABSENT, words, 0, "there is no job %zu", number);
		if (shell->session.jobs_forgotten)
			fail_why(err, "of the jobs that have ended, only the last %d are kept", JOBS_KEPT);
		return fail_fix(err, "jobs lists them");
	}
	if (dropped && !printed.len)
		text_sayf(ret, "... its %llu bytes are dropped: jobs that have ended keep %d MiB together ...\n",
			  (unsigned long long)dropped, JOBS_OUTPUT >> 20);
	else if (dropped)
		text_sayf(ret, "... %llu bytes before this are dropped: the last %d KiB are kept ...\n",
			  (unsigned long long)dropped, RING_BYTES / 1024);
	job_tell_bytes(shell, &printed, ret);
	return 0;
}

/* Where there are several children: in whose world the job is, unless it has one of its own. */
static void add_whose(const struct session *session, const struct job *job, struct text *ret)
{
	const struct sibling *sibling;

	for (size_t i = 0; session_sibling_at(session, 1) && (sibling = session_sibling_at(session, i)); i++)
		if (sibling->child && sibling->child == job->program.child)
			text_addf(ret, "@%s ", sibling->name);
}

/* Several children have names that exec and kill take, as containers do. */
static void list_children(const struct session *session, struct text *ret)
{
	const struct sibling *sibling;

	for (size_t i = 0; session_sibling_at(session, 1) && (sibling = session_sibling_at(session, i)); i++)
		if (sibling->child) {
			text_addf(ret, "     %7d  ", sibling_pid(sibling));
			text_sayf(ret, "child    %s\n", sibling->name);
		}
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	struct session *session = &shell->session;

	session_reap(session);
	if (words->count)
		return show_output(shell, words, ret, err);
	if (!session->job_count)
		text_say(ret, "no jobs; spawn CMD starts one\n");
	if (session->jobs_forgotten)
		text_sayf(ret, "%d jobs that ended before these are no longer listed\n",
			  session->jobs_forgotten);
	for (size_t i = 0; i < session->job_count; i++) {
		struct job *job = &session->jobs[i];
		cleanup_text struct text why = { 0 }, fix = { 0 };
		if (job->program.pid)
			text_addf(ret, "[%d]  %7d  ", job->number, job->program.pid);
		else
			text_addf(ret, "[%d]        -  ", job->number);
		job->told = job->ended;
		if (job->ended)
			text_sayf(ret, "ended with status %-4d ", job->status);
		else
			text_say(ret, job_is_stopped(job) ? "stopped  " : "running  ");
		add_whose(session, job, ret);
		text_addf(ret, "%s\n", vis(job->label ? job->label : ""));
		if (job_killer_tell(job, &why, &fix))
			text_addf(ret, "     %s\n", text_of(&why));
	}
	list_children(session, ret);
	return 0;
}

const struct command command_jobs = {
	.name = "jobs", .kind = ACTS, .group = GROUP_RUNNING, .act = act,
	.summary = "the programs in the background: started by spawn, or stopped by Ctrl-Z",
	.explain = "Lists the background programs of the child with their numbers: the job's, for kill "
		"%N, and the PID on the host. A program that has ended is listed with its status: the "
		"program's own, or 128 plus the number of the signal that ended it. fg and bg continue "
		"one that is stopped.\n\n"
		"jobs N shows what job N has printed so far: its last MiB, and how much came before "
		"that. The last 100 jobs that have ended stay listed, and keep 16 MiB of output "
		"together.",
	.example = "spawn echo hello\njobs\njobs 1",
	.args = args,
};
