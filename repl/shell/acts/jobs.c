/* jobs: programs in the background. */
#include <unistd.h>

#include "base/text.h"
#include "shell/shell.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "N", WORD_NUMBER, .optional = true, .means = "show what job N has printed" },
	{ 0 }
};

/* What a job has printed lies in a memory file: session/perform.c. */
static int show_output(const struct session *session, const struct words *words, struct text *ret,
		       struct error *err)
{
	size_t number = words_number(words, 0, 0);
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

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
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

const struct command command_jobs = {
	.name = "jobs", .kind = ACTS, .group = GROUP_RUNNING, .act = act,
	.summary = "the programs that spawn has started",
	.explain = "Lists the background programs of the child with their numbers: the job's, for "
		"kill %N, and the process's as the host sees it. A program that has ended is "
		"listed with its status: the program's own, or 128 plus the number of the signal "
		"that ended it.\n\n"
		"jobs N shows what job N has printed so far.",
	.example = "spawn echo hello\njobs\njobs 1",
	.args = args,
};
