/* fg, bg: a job goes on, in the foreground or beside the prompt. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/shell.h"
#include "shell/attend/relay/relay.h"
#include "shell/tell/jobs.h"
#include "shell/tell/ended/killer.h"
#include "shell/tell/ended/last.h"
#include "shell/tell/report.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "N", WORD_TEXT, .optional = true, .offers = OFFERS_JOBS_ALONE,
	  .means = "the job's number, with or without %, or its name; without one, the last that was stopped, else the last" },
	{ 0 }
};

static void fail_ended(const struct job *job, const struct words *words, struct error *err)
{
	cleanup_text struct text why = { 0 }, fix = { 0 };

	fail_arg(err, ERR_JOB_ABSENT, words, 0, "job %d has ended with status %d", job->number, job->status);
	if (job_killer_tell(job, &why, &fix))
		fail_why(err, "%s", text_of(&why));
}

/* Whether it has ended without that anybody has been told: to fg it is as one that ends a moment later. */
static bool is_untold(const struct job *job)
{
	return job->ended && !job->told;
}

static struct job *last_untold(struct session *session)
{
	for (size_t i = session->job_count; i-- > 0;)
		if (is_untold(&session->jobs[i]))
			return &session->jobs[i];
	return NULL;
}

/* The job that the line means, which has not ended, or, where waits, of whose end nobody has been told; NULL with err. */
static struct job *find(struct session *session, const struct words *words, bool waits, struct error *err)
{
	const char *name = words_arg(words, 0);
	uint64_t number = 0;

	session_reap(session);
	for (size_t i = 0; name && i < session->job_count; i++)
		if (!session->jobs[i].ended && strcmp(session->jobs[i].label, name) == 0)
			return &session->jobs[i];
	if (name && (!parse_number(name[0] == '%' ? name + 1 : name, &number) || !number)) {
		fail_arg(err, ERR_ARGUMENT_CHOICE, words, 0, "%s: not the number of a job, nor the name of one that runs", vis(name));
		fail_fix(err, "jobs lists them");
		return NULL;
	}
	struct job *job = session_job(session, number);
	if (!job && !number && waits)
		job = last_untold(session);
	if (job && (!job->ended || (waits && is_untold(job))))
		return job;
	if (job)
		fail_ended(job, words, err);
	else if (number)
		fail_arg(err, ERR_JOB_ABSENT, words, 0, "there is no job %llu", (unsigned long long)number);
	else
		fail_id(err, ERR_JOB_ABSENT, 0, "%s: no job runs or is stopped", words->name.s);
	fail_fix(err, number ? "jobs lists them" : "spawn CMD starts one, and Ctrl-Z makes one of what run waits for");
	return NULL;
}

/* What it is, as the shells say it. */
static void announce(struct shell *shell, const struct job *job)
{
	cleanup_text struct text line = { 0 };

	text_addf(&line, "%s\n", vis_line(job->label));
	if (!shell->json && !shell->quiet)
		shell_write(shell, &line);
}

/* In the foreground until it ends or is stopped; returns the job, or NULL where it is forgotten by then. *ret is -1 with
 * result's error where that failed. */
static struct job *follow(struct shell *shell, struct job *job, bool *stopped, struct result *result, int *ret)
{
	struct session *session = &shell->session;
	int number = job->number;

	*ret = relay_follow(shell, job, stopped, &result->output, &result->error);
	session->at->stale = STALE_BY_ANYTHING;
	session_reap(session);
	return session_job(session, (size_t)number);
}

static int act_fg(struct shell *shell, const struct words *words, struct result *result)
{
	struct job *job = find(&shell->session, words, true, &result->error);
	bool stopped = false;
	int ret = 0;

	if (!job)
		return -1;
	announce(shell, job);
	if (job->ended)
		job_tell_printed(shell, job, &result->output);
	else
		job = follow(shell, job, &stopped, result, &ret);
	if (ret < 0 || !job)
		return ret;
	if (stopped)
		job_tell_stopped(job, &result->output);
	else if (job->ended && !shell->quiet)
		report_job_ended(shell, job, &result->output);
	if (!stopped && job->ended)
		last_note_job(shell, result->line, job);
	shell->status = shell->ended = stopped ? 128 + SIGTSTP : job->status;
	job->told = job->ended;
	return 0;
}

static int act_bg(struct shell *shell, const struct words *words, struct result *result)
{
	struct job *job = find(&shell->session, words, false, &result->error);

	if (!job)
		return -1;
	if (!job_is_stopped(job)) {
		text_sayf(&result->output, "[%d] runs already: %s\n", job->number, vis_line(job->label));
		return 0;
	}
	if (program_signal(&job->program, SIGCONT) < 0)
		return fail(&result->error, errno, "bg: kill(%d, SIGCONT)", job->program.pid);
	text_addf(&result->output, "[%d] %s &\n", job->number, vis_line(job->label));
	return 0;
}

const struct command command_fg = {
	.name = "fg", .kind = ACTS, .group = GROUP_RUNNING, .late = true, .act = act_fg, .args = args,
	.summary = "continue a job in the foreground",
	.explain = "Ctrl-Z stops the program that run, exec or a container waits for: it becomes a job. fg "
		"sends it SIGCONT, shows what it has printed since it was last in the foreground, and waits for "
		"it as run does; what you type goes to it where it was started with -i or -t. It also waits for "
		"what spawn has started; where that has ended and you have not been told yet, it tells. A program that a stop signal holds, by its own doing or a child's that it "
		"waits for, becomes a job too, in a script as well: its line's status is 148. Ctrl-C and Ctrl-Z act on it as before, and the status is the "
		"program's.\n\n"
		"The program leads a session of its own, where the kernel drops SIGTSTP (setpgid(2), orphaned "
		"process groups). So Stave sends SIGSTOP.",
	.example = "spawn sh -c 'sleep 0.1; echo done'\nfg",
};

const struct command command_bg = {
	.name = "bg", .kind = ACTS, .group = GROUP_RUNNING, .late = true, .act = act_bg, .args = args,
	.summary = "let a stopped job continue in the background",
	.explain = "Sends SIGCONT to a job that Ctrl-Z or kill %N STOP has stopped. What it prints is kept "
		"for jobs N and fg. It is then as if spawn had started it.",
	.example = "spawn sleep 60\nkill %1 STOP\njobs\nbg\njobs",
};
