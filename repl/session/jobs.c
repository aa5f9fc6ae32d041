/* Programs: their end, their status, signals to them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/await.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/process/process_stat.h"
#include "base/process/spent.h"
#include "child/child.h"
#include "session/inside.h"
#include "session/session.h"
#include "session/host/janitor.h"
#include "session/host/orphans.h"
#include "session/host/ring.h"

enum { PATIENCE = 5000 /* ms, in which the end of a program is told by its parent */ };

void program_done(struct program *program)
{
	int *const fds[] = { &program->pidfd, &program->pty, &program->in, &program->out,
			     &program->err, &program->gate };

	for (size_t i = 0; i < COUNT(fds); i++)
		if (*fds[i] >= 0)
			close(steal_fd(fds[i]));
	free(steal_ptr(&program->screen));
}

bool session_runs(const struct session *session)
{
	for (size_t i = 0; i < session->job_count; i++)
		if (!session->jobs[i].ended)
			return true;
	return false;
}

/* The exit status as docker and the shells report it. */
static int status_of(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return 128 + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

static bool has_ended(const struct program *program)
{
	struct pollfd end = { .fd = program->pidfd, .events = POLLIN };

	return program->pidfd >= 0 && poll(&end, 1, 0) > 0;
}

/* Wait until it has ended, however long that takes: a signal to the shell ends the wait. */
static int await_end(const struct program *program, struct error *err)
{
	if (program->pidfd < 0 || await_readable(program->pidfd, AWAIT_FOREVER) == 0)
		return 0;
	return fail(err, errno, "waiting for the program (pid %d)", program->pid);
}

/* Until its parent goes on, or ends, the program stays a zombie. */
static int fail_unheard(const struct session *session, const struct program *program, int code, struct error *err)
{
	pid_t parent = program->inside ? program->child->pid : janitor_pid(session->janitor);

	fail(err, code, "how the program (pid %d) ended is not known", program->pid);
	return fail_why(err, process_stat(program->pid).state == 'Z' ?
		 N_("no answer from %s within %d seconds: the state of that process (%d) is %s, and the program is a zombie meanwhile") :
		 N_("no answer from %s within %d seconds: the state of that process (%d) is %s"),
		 program->inside ? _("the child, its parent,") : _("the janitor, its parent,"), PATIENCE / 1000, parent, process_state(process_stat(parent).state));
}

static int reap_own(struct program *program, struct ended *ret, struct error *err)
{
	pid_t pid = program->pid;

	ret->spent = process_spent(pid);
	program->pid = 0;
	while (waitpid(pid, &ret->status, 0) < 0)
		if (errno != EINTR)
			return fail(err, errno, "waitpid(%d)", pid);
	return 0;
}

int session_status(struct session *session, struct program *program, int *ret,
		   struct error *err)
{
	struct ended ended = { .spent = -1, .limit = -1 };

	program->spent = program->limit = -1;
	program->signal = SIGKILL;
	*ret = 128 + 9;
	if (await_end(program, err) < 0)
		return -1;
	if (program->own) {
		if (reap_own(program, &ended, err) < 0)
			return -1;
	} else if (program->inside) {
		if (!child_ended(program->child, program->inside, PATIENCE, &ended)) {
			if (!program->child->gone)
				return fail_unheard(session, program, errno, err);
			fail_id(err, ERR_CHILD_GONE, ESRCH, "the child ended before its program %d did", program->inside);
			return fail_death(session->janitor, program->child, err);
		}
	} else if (!session->janitor || janitor_wait(session->janitor, program->child->number, PATIENCE, &ended) < 0) {
		if (session->janitor && errno != EPIPE)
			return fail_unheard(session, program, errno, err);
		return fail_janitor(err);
	}
	program->spent = ended.spent;
	program->limit = !program->inside ? ended.limit : !WIFSIGNALED(ended.status) ? -1 :
			 limit_reached(program->child->pid, WTERMSIG(ended.status), ended.spent);
	program->signal = WIFSIGNALED(ended.status) ? WTERMSIG(ended.status) : 0;
	*ret = status_of(ended.status);
	return 0;
}

void job_take_back(struct session *session, struct job *job, struct text *told)
{
	if (!job->remains)
		return;
	step_take_back(session, job->remains, told);
	step_free(steal_ptr(&job->remains));
}

void job_done(struct job *job)
{
	program_done(&job->program);
	free(job->label);
	free(job->oom);
	ring_unmap(job->output);
	plan_done(&job->walls);
}

static void drop_output(struct job *job)
{
	job->dropped = ring_written(job->output);
	ring_unmap(steal_ptr(&job->output));
}

static void forget(struct session *session, size_t i)
{
	struct job *job = &session->jobs[i];

	job_done(job);
	session->job_count--;
	session->jobs_forgotten++;
	memmove(job, job + 1, (session->job_count - i) * sizeof(*job));
}

/* Keep the newest of the jobs that have ended. */
static void trim(struct session *session)
{
	size_t count = 0;
	uint64_t bytes = 0;

	for (size_t i = session->job_count; i-- > 0;) {
		struct job *job = &session->jobs[i];
		if (!job->ended)
			continue;
		if (++count > JOBS_KEPT) {
			forget(session, i);
			continue;
		}
		if (!job->output)
			continue;
		bytes += ring_kept(job->output);
		if (bytes > JOBS_OUTPUT)
			drop_output(job);
	}
}

size_t session_reap(struct session *session)
{
	cleanup_text struct text told = { 0 };
	pid_t spares[JANITOR_SPARES];
	size_t ended = 0;

	session_reap_ties(session); /* before orphans are reaped: how they have ended is to be told */
	session_miss_janitor(session);
	/* What the host's programs left in the background comes to the shell, a subreaper. */
	if (session->janitor)
		orphans_reap(spares, janitor_spares(session->janitor, spares));
	/* Before the look, so that one that has ended just now is reported. */
	trim(session);

	for (size_t i = 0; i < session->job_count; i++) {
		struct job *job = &session->jobs[i];
		struct error ignored;
		if (job->ended || !has_ended(&job->program))
			continue;
		session_status(session, &job->program, &job->status, &ignored);
		job->ended = true;
		if (!job->program.killed && job->program.limit >= 0)
			job->program.killed = KILLED_BY_LIMIT;
		if (job->status == 128 + SIGKILL && !job->program.killed)
			job_find_oom(session, job);
		if (job->program.own_child && job->program.child)
			session_end(session, job->program.child);
		job->program.child = NULL;
		program_done(&job->program);
		job_take_back(session, job, &told);
		ended++;
	}
	return ended;
}

size_t session_ends(const struct session *session, struct pollfd *ret, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < session->job_count && count < room; i++)
		if (!session->jobs[i].ended && session->jobs[i].program.pidfd >= 0)
			ret[count++] = (struct pollfd){ .fd = session->jobs[i].program.pidfd, .events = POLLIN };
	return count;
}

int session_output(struct session *session, size_t n, struct text *ret, uint64_t *dropped)
{
	for (size_t i = 0; i < session->job_count; i++) {
		if ((size_t)session->jobs[i].number != n)
			continue;
		if (session->janitor && janitor_lives(session->janitor))
			janitor_catch_up(session->janitor);
		*dropped = session->jobs[i].dropped;
		if (session->jobs[i].output)
			*dropped = ring_read(session->jobs[i].output, ret);
		return 0;
	}
	return -1;
}

const char *session_container(const struct session *session, size_t i, pid_t *pid)
{
	for (size_t n = 0; n < session->job_count; n++) {
		const struct job *job = &session->jobs[n];
		if (job->ended || !job->program.own_child || i-- > 0)
			continue;
		*pid = job->program.pid;
		return job->label;
	}
	return NULL;
}

/* The name given to a container without a program: it is the child's name since. */
static const char *label_of(const struct session *session, const struct sibling *sibling)
{
	for (size_t i = session->count; sibling->child && i-- > 0;)
		if (session->steps[i]->owner == sibling && session->steps[i]->plan.child == PLAN_FRESH)
			return session->steps[i]->plan.label;
	return NULL;
}

static pid_t child_named(const struct session *session, const char *name)
{
	const char *plain = name[0] == '@' ? name + 1 : name;
	const struct sibling *sibling;

	for (size_t i = 0; (sibling = session_sibling_at(session, i)); i++) {
		const char *label = label_of(session, sibling);
		if (strcmp(sibling->name, plain) == 0 || (label && strcmp(label, name) == 0))
			return sibling->child ? sibling->child->pid : 0;
	}
	return 0;
}

pid_t session_named(const struct session *session, const char *name)
{
	for (size_t i = 0; i < session->job_count; i++) {
		const struct job *job = &session->jobs[i];
		bool numbered = name[0] == '%' && atoi(name + 1) == job->number;
		if (!job->ended && (numbered || strcmp(job->label, name) == 0))
			return job->program.pid;
	}
	return child_named(session, name);
}

static bool starts(const struct step *step, const struct sibling *sibling)
{
	return step->owner == sibling && (step->plan.child == PLAN_FRESH || step->plan.child == PLAN_NEW);
}

/* Plan i of the child's standing steps, counted from the step that started it. */
static const struct plan *plan_of_child(const struct session *session, const struct child *child, size_t i)
{
	const struct sibling *sibling = &session->first;
	size_t first = session->count;

	while (sibling && sibling->child != child)
		sibling = sibling->next;
	while (first > 0 && !starts(session->steps[--first], sibling))
		;
	for (; sibling && first < session->count; first++) {
		const struct step *step = session->steps[first];
		if (step->owner == sibling && step->plan.child != PLAN_ASIDE && i-- == 0)
			return &step->plan;
	}
	return NULL;
}

const struct plan *session_plan(const struct session *session, pid_t pid, size_t i)
{
	for (const struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		if (sibling->child && pid == sibling->child->pid)
			return plan_of_child(session, sibling->child, i);
	for (size_t n = 0; n < session->job_count; n++) {
		const struct job *job = &session->jobs[n];
		if (job->ended || job->program.pid != pid)
			continue;
		if (!job->program.own_child)
			return plan_of_child(session, job->program.child, i);
		return i == 0 ? &job->walls : NULL;
	}
	return NULL;
}

/* Whether the session's children started it. The janitor adopts their orphans, or the shell does
 * if the janitor was killed. */
static bool is_of_the_session(const struct session *session, pid_t pid)
{
	pid_t janitor = session->janitor ? janitor_pid(session->janitor) : 0;

	if (pid == janitor)
		return false;
	for (int generations = 0; pid > 1 && generations < 10000; generations++) {
		pid = process_stat(pid).parent;
		if (pid == janitor || pid == getpid())
			return pid != 0;
	}
	return false;
}

/* A number that is no pid of the child's may have been meant as a job's. Never suggest what changes
 * the host. */
static int fix_number(const struct session *session, pid_t pid, struct error *err)
{
	for (size_t i = 0; i < session->job_count; i++)
		if (!session->jobs[i].ended && session->jobs[i].number == pid)
			return fail_fix(err, "kill %%%d, if you mean job %d", pid, pid);
	return fail_fix(err, "ps lists the child's processes by their PIDs on the host, jobs lists the "
			     "jobs");
}

int session_kill(struct session *session, pid_t pid, int signal, struct error *err)
{
	/* Opened before the look: what has this number later is another process. */
	cleanup_fd int pidfd = sys_pidfd_open(pid);
	if (pidfd < 0 && errno == ESRCH) {
		fail_id(err, ERR_JOB_ABSENT, ESRCH, "pidfd_open(%d)", pid);
		return fix_number(session, pid, err);
	}
	if (pidfd < 0)
		return fail(err, errno, "pidfd_open(%d)", pid);
	if (!is_of_the_session(session, pid)) {
		fail_id(err, ERR_HOST_PROCESS, 0, "kill: refused: process %d is not in the child's "
						  "world", pid);
		fail_why(err, "a signal to it would change the host itself");
		return fix_number(session, pid, err);
	}
	if (sys_pidfd_send_signal(pidfd, signal) < 0)
		return fail(err, errno, "pidfd_send_signal(%d, %d)", pid, signal);
	for (size_t i = 0; i < session->job_count; i++)
		if (signal == SIGKILL && !session->jobs[i].ended && session->jobs[i].program.pid == pid)
			session->jobs[i].program.killed = KILLED_BY_WORD;
	return 0;
}

void session_note_killed(struct session *session, const struct text *pids)
{
	for (const char *line = text_of(pids); *line; line += strcspn(line, "\n"), line += *line == '\n')
		for (size_t i = 0; i < session->job_count; i++)
			if (!session->jobs[i].ended && session->jobs[i].program.pid == atoi(line))
				session->jobs[i].program.killed = KILLED_BY_GROUP;
}

void session_end_jobs(struct session *session, struct text *told)
{
	for (size_t i = 0; i < session->job_count; i++) {
		struct job *job = &session->jobs[i];
		if (job->program.own_child && job->program.child)
			session_end(session, job->program.child);
		job_take_back(session, job, told);
		job_done(job);
	}
	free(session->jobs);
	session->jobs = NULL;
	session->job_count = 0;
	session->jobs_forgotten = 0;
}
