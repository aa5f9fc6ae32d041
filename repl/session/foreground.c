/* Jobs and the foreground: which job is meant, whether it is stopped, what it printed meanwhile. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/await.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/process/process_stat.h"
#include "session/performing.h"
#include "session/session.h"
#include "session/host/janitor.h"
#include "session/host/ring.h"

int program_signal(const struct program *program, int signal)
{
	if (program->pid > 0 && getpgid(program->pid) == program->pid &&
	    kill(-program->pid, signal) == 0)
		return 0;
	if (program->pidfd < 0) {
		errno = ESRCH;
		return -1;
	}
	return sys_pidfd_send_signal(program->pidfd, signal);
}

void program_end(struct program *program)
{
	enum { ENDING = 2000 /* ms that a killed program may take to end */ };
	int status;

	if (!program->own || program->pid <= 0)
		return;
	kill(program->pid, SIGKILL);
	await_exit(program->pid, ENDING, &status);
	program->pid = 0;
}

bool job_is_stopped(const struct job *job)
{
	return !job->ended && job->program.pid && process_stat(job->program.pid).state == 'T';
}

struct job *session_job(struct session *session, size_t number)
{
	struct job *runs = NULL;

	for (size_t i = session->job_count; i-- > 0;) {
		struct job *job = &session->jobs[i];
		if (number && (size_t)job->number == number)
			return job;
		if (!number && job_is_stopped(job))
			return job;
		if (!number && !job->ended && !runs)
			runs = job;
	}
	return runs;
}

void job_news(struct session *session, struct job *job, struct text *ret)
{
	cleanup_text struct text kept = { 0 };

	if (session->janitor && janitor_lives(session->janitor))
		janitor_catch_up(session->janitor);
	if (!job->output || ring_written(job->output) == job->shown)
		return;
	uint64_t gone = ring_read(job->output, &kept);
	if (gone > job->shown) {
		text_sayf(ret, "... %llu bytes before this are dropped ...\n", (unsigned long long)(gone - job->shown));
		job->shown = gone;
	}
	size_t from = (size_t)(job->shown - gone);
	text_addn(ret, text_of(&kept) + from, kept.len - from);
	job->shown = gone + kept.len;
}
