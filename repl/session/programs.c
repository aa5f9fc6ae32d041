/* The program that a plan starts: what it reads and writes, who waits for it, which job it becomes. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "child/child.h"
#include "session/inside.h"
#include "session/performing.h"
#include "session/host/janitor.h"
#include "session/host/ring.h"
#include "snapshot/cgroup/killed.h"
#include "snapshot/process.h"

static int make_pipe(int *shells, int *programs, bool to_program)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*shells = ends[to_program];
	*programs = ends[!to_program];
	return 0;
}

/* A load says how far it is, and begins when it is told to: a socket goes both ways. */
static int connect_load(struct performing *p, struct op *op)
{
	struct program *program = &p->program;
	int ends[2];

	if (p->step->plan.program != PROGRAM_BACKGROUND) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
			return -1;
		program->out = ends[0];
		op->burn.report.fd = ends[1];
		return 0;
	}
	return make_pipe(&program->out, &op->burn.report.fd, false);
}

/* It opens when the shell's end is shut down; what keeps the program from beginning comes back through it. */
static int make_gate(struct program *program, struct op *op)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	program->gate = ends[0];
	op->spawn.gate.fd = ends[1];
	return 0;
}

static struct oom *keep_oom(const struct oom *oom)
{
	struct oom *ret = malloc(sizeof(*ret));

	if (!ret)
		out_of_memory();
	*ret = *oom;
	return ret;
}

/* The group of the child, which may have had kills before; false where it has none of its own. */
static bool find_oom_of_child(struct session *session, struct sibling *at, struct oom **ret)
{
	struct groups groups;
	struct oom oom;

	if (!at->child || at->child->gone)
		return false;
	facts_cgroups(&session->facts);
	if (groups_find(&session->facts, at->child->pid, &groups) < 0 || !groups.of[CONTROLLER_MEMORY].own ||
	    !oom_read(groups.of[CONTROLLER_MEMORY].folder, &oom))
		return false;
	if (oom.kills > at->ooms)
		*ret = keep_oom(&oom);
	at->ooms = oom.kills;
	return true;
}

static bool has_group(const struct step *step)
{
	for (size_t i = 0; i < step->done; i++)
		if (step->plan.ops[i].op.kind == OP_cgroup_mkdir || step->plan.ops[i].op.kind == OP_attach)
			return true;
	return false;
}

/* The group with a memory controller that a program of its own child joins, as by exec. One that the step makes has
 * had no kills before. */
static void note_joined(struct performing *p)
{
	cleanup_arena struct arena arena = { 0 };

	for (size_t i = 0; i < p->step->plan.count; i++)
		if (p->step->plan.ops[i].op.kind == OP_cgroup_mkdir)
			return;
	for (size_t i = 0; p->step->plan.child == PLAN_ASIDE && i < p->step->plan.count; i++) {
		const struct op *op = &p->step->plan.ops[i].op;
		if (op->kind == OP_attach && oom_read(path_parent(&arena, op->attach.file.path), &p->joined))
			return;
	}
}

/* Kills in the child's group before the program: those of others that ended by themselves. */
static void count_ooms(struct performing *p)
{
	struct sibling *at = p->session->at;
	struct oom *ignored = NULL;
	bool grouped = false;

	note_joined(p);
	for (size_t i = 0; p->step->plan.child == PLAN_CURRENT && i < p->session->count && !grouped; i++)
		grouped = p->session->steps[i]->owner == at && has_group(p->session->steps[i]);
	if (grouped)
		find_oom_of_child(p->session, at, &ignored);
	free(ignored);
}

int program_connect(struct performing *p, struct op *op)
{
	struct program *program = &p->program;

	if (op_info(op->kind)->starts == STARTS_LOAD)
		return connect_load(p, op);
	program->traced = p->step->plan.traced || p->step->plan.follows;
	if (program->traced && make_gate(program, op) < 0)
		return -1;
	count_ooms(p);
	switch (p->step->plan.program) {
	case PROGRAM_NONE:
		return 0;
	case PROGRAM_TERMINAL:
		if (op->kind == OP_spawn) {
			op->spawn.pty = true;
			op->spawn.spare.fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
		}
		return 0;
	case PROGRAM_BACKGROUND:
		if (make_pipe(&program->out, &op->exec.stdout_.fd, false) < 0)
			return -1;
		op->exec.stderr_.fd = fcntl(op->exec.stdout_.fd, F_DUPFD_CLOEXEC, 3);
		return op->exec.stderr_.fd < 0 ? -1 : 0;
	case PROGRAM_INPUT:
		if (make_pipe(&program->in, &op->exec.stdin_.fd, true) < 0)
			return -1;
		break;
	case PROGRAM_WAIT:
	case PROGRAM_PROBE:
	case PROGRAM_METER:
		break;
	}
	if (make_pipe(&program->out, &op->exec.stdout_.fd, false) < 0 ||
	    make_pipe(&program->err, &op->exec.stderr_.fd, false) < 0)
		return -1;
	return 0;
}

/* The pid behind a pidfd, as this process sees it: proc(5), fdinfo. */
static pid_t pid_of(int pidfd)
{
	cleanup_text struct text text = { 0 };
	char path[48];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	if (read_file(AT_FDCWD, path, 4096, &text) < 0 || !text.len)
		return 0;
	const char *line = strstr(text.s, "\nPid:");
	int pid = line ? atoi(line + 5) : 0;
	return pid > 0 ? pid : 0; /* -1: its parent has waited for it */
}

void program_note(struct performing *p, const struct op *op, struct op_outcome *outcome)
{
	struct program *program = &p->program;

	program->child = p->child;
	program->own_child = p->child != p->session->at->child;
	program->own = p->beside;
	if (program->own) {
		program->pid = (pid_t)outcome->value;
		program->pidfd = steal_fd(&outcome->fds[0]);
	} else if (!op_info(op->kind)->becomes) {
		program->inside = (pid_t)outcome->value;
		program->pidfd = steal_fd(&outcome->fds[0]);
		program->pty = outcome->fds[1] >= 0 ? steal_fd(&outcome->fds[1]) : program->pty;
		program->pid = pid_of(program->pidfd);
	} else {
		program->pidfd = steal_fd(&p->child->pidfd);
		program->pid = p->child->pid;
	}
	p->started = true;
}

/* The janitor takes in what the program prints from now on: all of its ends into one ring. Of a
 * pseudo-terminal the shell keeps its own, for what is typed. */
static int collect(struct performing *p, struct ring **ret)
{
	struct error *err = step_error(p->step);
	struct program *program = &p->program;
	int *const ends[] = { &program->out, &program->err, &program->pty };
	cleanup_fd int file = ring_make();

	*ret = file < 0 ? NULL : ring_map(file);
	if (!*ret)
		return fail(err, errno, "memory for what the program prints");
	/* It may have been found killed since it started the child: session_reap(). */
	if (!p->session->janitor) {
		ring_unmap(*ret);
		return fail_janitor(err);
	}
	for (size_t i = 0; i < COUNT(ends); i++) {
		if (*ends[i] < 0)
			continue;
		if (janitor_collect(p->session->janitor, *ends[i], file, err) < 0) {
			ring_unmap(*ret);
			return -1;
		}
		if (ends[i] != &program->pty)
			close(steal_fd(ends[i]));
	}
	return 0;
}

static int add_job(struct performing *p)
{
	struct session *session = p->session;

	/* Those that have ended release what they hold, also where nobody lists them. */
	session_reap(session);
	/* It collects what the program prints. */
	if (session_janitor(session, false, step_error(p->step)) < 0)
		return -1;
	struct job *jobs = LIST_FIT(session->jobs, session->job_count + 1);
	const char *label = p->step->plan.label ? p->step->plan.label : p->step->line;
	struct ring *output;

	if (collect(p, &output) < 0)
		return -1;
	jobs[session->job_count] = (struct job){
		.number = session->job_count ? jobs[session->job_count - 1].number + 1 : 1,
		.label = text_copy(label),
		.program = p->program,
		.output = output,
	};
	for (size_t i = 0; i < p->step->plan.count; i++)
		if (op_info(planned_at(p, i)->op.kind)->gives_up || planned_at(p, i)->op.kind == OP_forward)
			plan_copy(&jobs[session->job_count].walls, &planned_at(p, i)->op);
	/* What its container has on the host goes when the job does. */
	if (p->step->plan.child == PLAN_ASIDE)
		jobs[session->job_count].remains = step_split(p->step);
	session->job_count++;
	return 0;
}

/* It is stopped: from now on it is a job, as if spawn had started it. */
static int put_aside(struct performing *p)
{
	p->program.stopped = p->program.halted = false;
	p->step->plan.program = PROGRAM_BACKGROUND;
	p->step->status = 128 + SIGTSTP;
	return add_job(p);
}

/* Of one that was traced: -1 with the step's error where it could not begin. */
static int check_began(struct performing *p)
{
	struct step *step = p->step;
	struct op_outcome told, *outcome = &step->outcomes[step->done - 1];

	if (p->program.gate < 0 || recv(p->program.gate, &told, sizeof(told), MSG_DONTWAIT) != sizeof(told))
		return 0;
	outcome->code = told.code;
	snprintf(outcome->detail, sizeof(outcome->detail), "%.*s", (int)sizeof(told.detail) - 1, told.detail);
	return performing_fail(p, step->done - 1);
}

/* After SIGKILL: whether it came from the OOM killer, which counts in the group that it kills in. A group of the
 * step's own had no kills before. */
static void find_oom(struct performing *p)
{
	struct step *step = p->step;
	struct oom oom;

	for (size_t i = 0; i < step->done; i++) {
		const struct op *op = &step->plan.ops[i].op;
		if (op->kind != OP_cgroup_mkdir || !oom_read(op->cgroup_mkdir.path, &oom))
			continue;
		if (oom.kills)
			step->oom = keep_oom(&oom);
		return;
	}
	if (p->joined.folder[0]) {
		if (oom_read(p->joined.folder, &oom) && oom.kills > p->joined.kills)
			step->oom = keep_oom(&oom);
		return;
	}
	step->oom_unseen = step->plan.child != PLAN_CURRENT || !find_oom_of_child(p->session, p->session->at, &step->oom);
}

void job_find_oom(struct session *session, struct job *job)
{
	struct sibling *at = NULL;
	struct oom oom;

	for (size_t i = 0; job->remains && i < job->remains->undo_count; i++)
		if (job->remains->undos[i].kind == UNDO_RMCGROUP && oom_read(job->remains->undos[i].path, &oom) && oom.kills) {
			job->oom = keep_oom(&oom);
			return;
		}
	for (size_t i = 0; !job->program.own_child && (at = session_sibling_at(session, i)) && at->child != job->program.child; i++)
		;
	if (at)
		find_oom_of_child(session, at, &job->oom);
}

/* Of a program that has joined a pid namespace whose processes are all gone: the first one was, or the kernel had not
 * ended this one. */
static bool went_with_init(const struct step *step)
{
	const struct processes none = { 0 };
	char comm[64];

	for (size_t i = 0; i < step->done; i++) {
		const struct op *op = &step->plan.ops[i].op;
		if (op->kind == OP_setns && op->setns.nstype == CLONE_NEWPID && op->setns.inode)
			return process_sharing(NS_PID, op->setns.inode, &none, comm) == 0;
	}
	return false;
}

/* Who sent SIGKILL to the program that the step has waited for. */
static void find_killer(struct performing *p)
{
	struct step *step = p->step;

	/* A shell ends so by itself when a signal has ended a program that it started. */
	step->killed = !step->signal ? KILLED_UNKNOWN : p->program.killed ? p->program.killed : step->limit >= 0 ? KILLED_BY_LIMIT : KILLED_UNKNOWN;
	if (!step->killed)
		find_oom(p);
	if (!step->killed && !step->oom && step->signal && went_with_init(step))
		step->killed = KILLED_WITH_INIT;
}

int program_attend(struct performing *p)
{
	struct step *step = p->step;
	cleanup_text struct text output = { 0 };
	int ret = 0;

	if (!p->started)
		return 0;
	if (step->plan.program == PROGRAM_BACKGROUND)
		return add_job(p);
	if (p->view->attend)
		ret = p->view->attend(p->view->context, step, &p->program, &output, step_error(step));
	bool aside = ret == 0 && p->program.stopped;
	if (aside)
		ret = put_aside(p);
	else if (ret == 0)
		ret = session_status(p->session, &p->program, &step->status, step_error(step));
	if (ret == 0 && !aside)
		ret = check_began(p);
	step->signal = p->program.signal;
	step->spent = p->program.spent;
	step->limit = p->program.limit;
	if (ret == 0 && step->status == 128 + SIGKILL)
		find_killer(p);
	else if (ret == 0 && step->status == 128 + SIGXCPU)
		step->killed = step->limit >= 0 ? KILLED_BY_LIMIT : KILLED_UNKNOWN;
	/* The program may have changed the host name, which no file tells. */
	struct error unused;
	if (ret == 0 && step->plan.child == PLAN_CURRENT && p->child && !p->child->gone)
		child_greet(p->child, &unused);
	step->output = output.s ? text_copy(output.s) : NULL;
	if (!aside)
		program_done(&p->program);
	return ret;
}

int fail_janitor(struct error *err)
{
	fail_id(err, ERR_CHILD_GONE, EPIPE, "the janitor was killed, and with it the program");
	fail_cause(err, CAUSE_CHILD_JANITOR);
	fail_why(err, "the janitor, parent of the child, was ended from outside, and what it had started ended with it");
	return fail_fix(err, "reset starts another");
}
