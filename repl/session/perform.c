/* The way of a plan: batches of ops to the child, ops of the host in between, programs at the
 * end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "advice/advice.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "child/child.h"
#include "ops/undo.h"
#include "session/inside.h"
#include "session/observe.h"
#include "session/session.h"
#include "session/host/freezer.h"
#include "session/host/janitor.h"
#include "session/host/ring.h"

struct performing {
	struct session *session;
	struct step *step;
	const struct view *view; /* NULL: a replay */
	struct child *child;
	struct program program;
	bool started;            /* program runs */
	bool stopped;            /* before the end, by the view */
};

static const struct planned *planned_at(const struct performing *p, size_t i)
{
	return &p->step->plan.ops[i];
}

static bool is_program(enum op_kind kind)
{
	return op_info(kind)->starts != STARTS_NOTHING;
}

/* ---- descriptors that ops need ---- */

static void expand(const char *path, pid_t pid, char *ret, size_t size)
{
	const char *mark = strstr(path, "%p");

	if (mark)
		snprintf(ret, size, "%.*s%d%s", (int)(mark - path), path, pid, mark + 2);
	else
		snprintf(ret, size, "%s", path);
}

static int open_owner(const char *path)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
}

/* A copy of the mounts at path, with the attributes that it is to have. Whether ids may get another
 * meaning is the file system's owner to say: the shell does it, for a child that is nobody there. */
static int open_tree(const struct op_fd *fd, const char *path, pid_t pid)
{
	struct sys_mount_attr attr = { .set = fd->attributes };
	cleanup_fd int tree = sys_open_tree(AT_FDCWD, path, SYS_TREE_CLONE | SYS_TREE_RECURSIVE);
	cleanup_fd int userns = -1;
	char name[40];

	if (tree < 0)
		return -1;
	if (fd->flags & FD_IDMAP) {
		snprintf(name, sizeof(name), "/proc/%d/ns/user", pid);
		userns = open(name, O_RDONLY | O_CLOEXEC);
		if (userns < 0)
			return -1;
		attr.set |= SYS_ATTR_IDMAP;
		attr.userns = (uint64_t)userns;
	}
	if (attr.set && sys_mount_setattr(tree, "", AT_EMPTY_PATH | SYS_TREE_RECURSIVE, &attr) < 0)
		return -1;
	return steal_fd(&tree);
}

static int open_one(struct op_fd *fd, pid_t pid)
{
	char path[4096];

	expand(fd->path, pid, path, sizeof(path));
	if (fd->flags & FD_OPEN_TREE)
		return open_tree(fd, path, pid);
	if (fd->flags & FD_NS_OWNER)
		return open_owner(path);
	return open(path, fd->flags | O_CLOEXEC | O_NOCTTY);
}

/* Open the descriptors of op that have a path. 0, or -1 with errno set. */
static int open_fds(struct op *op, pid_t pid)
{
	for (const struct field *field = op_info(op->kind)->fields; field->name; field++) {
		struct op_fd *fd = (void *)((char *)op + field->at);
		if (field->kind != FIELD_FD || !fd->path || fd->fd >= 0)
			continue;
		fd->fd = open_one(fd, pid);
		if (fd->fd < 0)
			return -1;
	}
	return 0;
}

static void close_fds(struct op *op)
{
	for (const struct field *field = op_info(op->kind)->fields; field->name; field++) {
		struct op_fd *fd = (void *)((char *)op + field->at);
		if (field->kind == FIELD_FD && fd->fd >= 0)
			close(steal_fd(&fd->fd));
	}
}

/* ---- the program's input and output ---- */

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

/* Open what the program reads and writes, as the plan says it is attended to. */
static int connect_program(struct performing *p, struct op *op)
{
	struct program *program = &p->program;

	if (op_info(op->kind)->starts == STARTS_LOAD)
		return connect_load(p, op);
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

static void note_program(struct performing *p, const struct op *op, struct op_outcome *outcome)
{
	struct program *program = &p->program;

	program->child = p->child;
	program->own_child = p->child != p->session->child;
	if (!op_info(op->kind)->becomes) {
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

/* ---- performing ---- */

static pid_t pid_now(const struct performing *p)
{
	return p->child ? p->child->pid : 0;
}

static void told(struct performing *p, size_t i)
{
	p->step->done = i + 1;
	if (!p->step->outcomes[i].pid)
		p->step->outcomes[i].pid = pid_now(p);
	if (p->view && p->view->after)
		p->view->after(p->view->context, p->step, i);
}

static int fail_op(struct performing *p, size_t i)
{
	struct session *session = p->session;
	struct step *step = p->step;
	struct reading now = { 0 };
	struct error unread;
	struct failure failure = {
		.op = &step->plan.ops[i].op, .outcome = &step->outcomes[i], .facts = &session->facts,
		.host = &session->host, .child = &session->host, .pid = pid_now(p),
	};

	if (failure.pid && reading_take(failure.pid, &now, &unread) == 0)
		failure.child = &now;
	advise(&failure, &step->error);
	reading_done(&now);
	if (is_program(planned_at(p, i)->op.kind))
		step->status = step->outcomes[i].code == ENOENT ? 127 : 126;
	return -1;
}

static int start_child(struct performing *p, size_t i)
{
	struct step *step = p->step;
	struct op *op = &step->plan.ops[i].op;

	if (session_janitor(p->session, &step->error) < 0)
		return -1;
	p->child = janitor_start(p->session->janitor, ++p->session->started, op, &step->outcomes[i], &step->error);
	if (p->child)
		return 0;
	return step->outcomes[i].code ? fail_op(p, i) : -1;
}

static void keep_folder(struct performing *p, const struct op *op, struct op_outcome *outcome)
{
	const char *path = op_string(op, op_info(op->kind)->keeps);

	if (path && outcome->code == 0)
		child_keep(p->child, path, steal_fd(&outcome->fds[0]));
}

static int do_host_op(struct performing *p, size_t i)
{
	struct step *step = p->step;
	struct op *op = &step->plan.ops[i].op;
	struct op_stage stage = { .pid = pid_now(p), .proc = p->child ? child_proc(p->child) : -1,
				  .quiet = p->session->quiet };

	if (open_fds(op, stage.pid) < 0) {
		step->outcomes[i] = (struct op_outcome){ .code = errno, .fds = { -1, -1, -1 } };
		close_fds(op);
		told(p, i);
		return fail_op(p, i);
	}
	if (op->kind == OP_clone) {
		int failed = start_child(p, i);
		close_fds(op);
		told(p, i);
		return failed;
	}
	bool noted = step_note_making(p->session, step, i, p->child);
	int failed = op_run(op, &stage, &step->outcomes[i]);
	if (noted)
		step_note_made(p->session, step, i, p->child, failed ? MADE_NOT : MADE_IT);
	close_fds(op);
	keep_folder(p, op, &step->outcomes[i]);
	told(p, i);
	return plan_passes(planned_at(p, i), &step->outcomes[i]) ? 0 : fail_op(p, i);
}

/* How many ops from i on can go to the child in one batch: what must be seen or noted on its own
 * ends it, a program is one of its own. */
static size_t batch_from(const struct performing *p, size_t i)
{
	size_t end = i;

	while (end < p->step->plan.count) {
		const struct planned *planned = planned_at(p, end);
		if (op_info(planned->op.kind)->side != IN_CHILD ||
		    (is_program(planned->op.kind) && end > i))
			break;
		end++;
		if (op_info(planned->op.kind)->forks || is_program(planned->op.kind) ||
		    (planned->flags & PLAN_TAKE_BACK) || (p->view && p->view->pause))
			break;
	}
	return end - i;
}

static int open_batch(struct performing *p, size_t i, size_t count)
{
	for (size_t n = 0; n < count; n++) {
		struct op *op = &p->step->plan.ops[i + n].op;
		if ((is_program(op->kind) && connect_program(p, op) < 0) || open_fds(op, pid_now(p)) < 0) {
			p->step->outcomes[i + n] = (struct op_outcome){ .code = errno,
									.fds = { -1, -1, -1 } };
			told(p, i + n);
			return fail_op(p, i + n);
		}
	}
	return 0;
}

/* What a successful op sent along: the terminal's master, a program's pidfd, a folder. */
static void take_outcome(struct performing *p, size_t i)
{
	const struct op *op = &planned_at(p, i)->op;
	struct op_outcome *outcome = &p->step->outcomes[i];

	if (op->kind == OP_pty && outcome->code == 0)
		p->program.pty = steal_fd(&outcome->fds[1]);
	if (is_program(op->kind) && outcome->code == 0)
		note_program(p, op, outcome);
	keep_folder(p, op, outcome);
	for (size_t fd = 0; fd < OP_FDS; fd++)
		if (outcome->fds[fd] >= 0)
			close(steal_fd(&outcome->fds[fd]));
}

static int do_batch(struct performing *p, size_t i, size_t *count)
{
	struct step *step = p->step;
	size_t last = i + *count - 1;
	pid_t before = pid_now(p);
	bool noted = false;

	int opened = open_batch(p, i, *count);
	if (opened == 0) {
		noted = step_note_making(p->session, step, last, p->child);
		struct mounts *host = propagation_before(p->session, step, i, *count);
		int n = child_do(p->child, &step->plan.ops[i], *count, &step->outcomes[i],
				 &step->error);
		if (noted)
			step_note_made(p->session, step, last, p->child, n < 0 ? MADE_UNKNOWN :
				       n == (int)*count && step->outcomes[last].code == 0 ?
				       MADE_IT : MADE_NOT);
		propagation_after(p->session, step, p->child, host);
		*count = n < 0 ? 0 : (size_t)n;
		opened = n < 0 ? -1 : 0;
		step->unanswered = n < 0;
	}
	for (size_t n = i; n <= last; n++)
		close_fds(&step->plan.ops[n].op);
	if (opened < 0)
		return -1;
	for (size_t n = i; n < i + *count; n++) {
		step->outcomes[n].pid = before;
		take_outcome(p, n);
		told(p, n);
		if (!plan_passes(planned_at(p, n), &step->outcomes[n]))
			return fail_op(p, n);
	}
	return 0;
}

/* The child stands and its program comes next: read it, for a view that shows containers before
 * they run. */
static void show_ready(struct performing *p)
{
	struct step *step = p->step;
	struct error ignored;

	if (!p->view || !p->view->ready || p->session->quiet)
		return;
	if (step->plan.child == PLAN_CURRENT) {
		p->view->ready(p->view->context, step);
		return;
	}
	if (reading_take(p->child->pid, &step->after, &ignored) < 0)
		return;
	/* One that is not dumpable shows an ordinary user too little to tell anything by. */
	if (!step->after.ns[NS_MNT].id) {
		reading_done(&step->after);
		p->view->ready(p->view->context, step);
		return;
	}
	memcpy(step->after.hostname, p->child->hostname, sizeof(step->after.hostname));
	step->pid = p->child->pid;
	difference_find(&step->before, &step->after, &step->difference);
	observe_ready(p->session, step, step->pid);
	p->view->ready(p->view->context, step);
}

static bool stops_before(struct performing *p, size_t i)
{
	return p->view && p->view->before && !p->view->before(p->view->context, p->step, i);
}

/* All ops, or as many as the view lets pass. */
static int do_ops(struct performing *p)
{
	struct step *step = p->step;

	for (size_t i = 0; i < step->plan.count;) {
		const struct planned *planned = planned_at(p, i);
		size_t count = 1;
		if (is_program(planned->op.kind) && !p->view)
			return 0;
		if (is_program(planned->op.kind))
			show_ready(p);
		p->stopped = stops_before(p, i);
		if (p->stopped)
			return 0;
		if (op_info(planned->op.kind)->side == ON_HOST) {
			if (do_host_op(p, i) < 0)
				return -1;
		} else {
			count = batch_from(p, i);
			if (do_batch(p, i, &count) < 0)
				return -1;
		}
		i += count;
	}
	return 0;
}

/* The janitor takes in what the program prints from now on. */
static int collect(struct performing *p, struct ring **ret)
{
	struct error *err = &p->step->error;
	cleanup_fd int file = ring_make();

	*ret = file < 0 ? NULL : ring_map(file);
	if (!*ret)
		return fail(err, errno, "memory for what the program prints");
	if (janitor_collect(p->session->janitor, p->program.out, file, err) < 0) {
		ring_unmap(*ret);
		return -1;
	}
	close(steal_fd(&p->program.out));
	return 0;
}

static int add_job(struct performing *p)
{
	struct session *session = p->session;

	/* Those that have ended give back what they hold, also where nobody lists them. */
	session_reap(session);
	struct job *jobs = reallocarray(session->jobs, session->job_count + 1, sizeof(*jobs));
	const char *label = p->step->plan.label ? p->step->plan.label : p->step->line;
	struct ring *output;

	if (!jobs)
		out_of_memory();
	session->jobs = jobs;
	if (collect(p, &output) < 0)
		return -1;
	jobs[session->job_count] = (struct job){
		.number = session->job_count ? jobs[session->job_count - 1].number + 1 : 1,
		.label = strdup(label),
		.program = p->program,
		.output = output,
	};
	for (size_t i = 0; i < p->step->plan.count; i++)
		if (op_info(planned_at(p, i)->op.kind)->gives_up)
			plan_copy(&jobs[session->job_count].walls, &planned_at(p, i)->op);
	/* What its container has on the host goes when the job does. */
	if (p->step->plan.child == PLAN_ASIDE)
		jobs[session->job_count].remains = step_split(p->step);
	session->job_count++;
	return 0;
}

/* Let the view pass on input and output, and wait for the end. */
static int attend(struct performing *p)
{
	struct step *step = p->step;
	cleanup_text struct text output = { 0 };
	int ret = 0;

	if (!p->started)
		return 0;
	if (step->plan.program == PROGRAM_BACKGROUND)
		return add_job(p);
	if (p->view->attend)
		ret = p->view->attend(p->view->context, step, &p->program, &output, &step->error);
	if (ret == 0)
		ret = session_status(p->session, &p->program, &step->status, &step->error);
	/* The program may have changed the host name, which no file tells. */
	struct error unused;
	if (ret == 0 && step->plan.child == PLAN_CURRENT && p->child && !p->child->gone)
		child_greet(p->child, &unused);
	step->output = output.s ? strdup(output.s) : NULL;
	program_done(&p->program);
	return ret;
}

/* The child the plan is for stands (PLAN_CURRENT), or comes with its clone op. */
static int take_child(struct performing *p)
{
	struct session *session = p->session;
	struct step *step = p->step;

	if (step->plan.child == PLAN_CURRENT) {
		if (session_child(session, &step->error) < 0)
			return -1;
		p->child = session->child;
		reading_done(&step->before);
		/* With -q the last reading may be older than the last step. */
		if (!session->stale)
			reading_copy(&session->now, &step->before);
		const char *hostname = p->child->hostname[0] ? p->child->hostname : session->host.hostname;
		snprintf(step->before.hostname, sizeof(step->before.hostname), "%s", hostname);
	} else if (!session->quiet) {
		if (session_see(session, &step->error) < 0)
			return -1;
		reading_done(&step->before);
		reading_copy(&session->host, &step->before);
	}
	return 0;
}

/* A fresh child has been built: the old one goes, with what it had on the host. */
static void replace_child(struct performing *p)
{
	struct session *session = p->session;
	struct text told = { 0 };

	session_end_child(session);
	for (size_t i = session->count; i-- > 0;)
		step_take_back(session, session->steps[i], &told);
	text_done(&told);
	session_adopt(session, p->child);
}

/* Whether nothing of this step could have changed a mount's flags, which the kernel does not tell
 * by poll(2) as it tells of mounts come and gone. */
static bool leaves_flags(const struct performing *p)
{
	if (p->started)
		return false;
	for (size_t i = 0; i < p->session->job_count; i++)
		if (!p->session->jobs[i].ended)
			return false;
	for (size_t i = 0; i < p->step->done; i++) {
		if (op_info(planned_at(p, i)->op.kind)->changes_mounts)
			return false;
	}
	return true;
}

static bool joins(const struct performing *p)
{
	for (size_t i = 0; i < p->step->done; i++)
		if (planned_at(p, i)->op.kind == OP_setns)
			return true;
	return false;
}

/* The init of a pid namespace that has been waited for has taken all others with it. */
static void end_aside(struct performing *p)
{
	const struct planned *first = planned_at(p, 0);
	bool alone = p->started && !p->program.inside && first->op.kind == OP_clone &&
		     (first->op.clone.flags & CLONE_NEWPID);

	if (p->child && alone)
		child_free(p->child);
	else if (p->child)
		session_end(p->session, p->child);
}

static int settle(struct performing *p)
{
	struct session *session = p->session;
	struct step *step = p->step;
	struct text told = { 0 };

	switch (step->plan.child) {
	case PLAN_CURRENT:
		session->joins = session->joins || joins(p);
		/* A successor may have taken over: watch that one. */
		if (!session->child->gone && step->pid != session->child->pid)
			session_adopt(session, session->child);
		session->stale = true;
		break;
	case PLAN_FRESH:
		replace_child(p);
		break;
	case PLAN_ASIDE:
		if (p->started && step->plan.program == PROGRAM_BACKGROUND)
			return 0;
		end_aside(p);
		step_take_back(session, step, &told);
		text_done(&told);
		return 0;
	}
	if (session->quiet)
		return 0;
	if (session->watch && leaves_flags(p))
		watch_trust(session->watch);
	if (session_read(session, &step->error) < 0)
		return -1;
	reading_done(&step->after);
	difference_done(&step->difference);
	reading_copy(&session->now, &step->after);
	difference_find(&step->before, &step->after, &step->difference);
	step->pid = session->child->pid;
	return 0;
}

/* A plan that the learner has stopped is as long as it came; the half-built child stays, to be
 * looked at. */
static void cut(struct performing *p)
{
	struct plan *plan = &p->step->plan;

	plan->count = p->step->done;
	plan->program = PROGRAM_NONE;
	if (plan->child != PLAN_CURRENT)
		plan->child = p->child ? PLAN_FRESH : PLAN_ASIDE;
}

/* The failing line leaves nothing of its own child. */
static void abandon(struct performing *p)
{
	struct text told = { 0 };

	program_done(&p->program);
	if (p->step->plan.child == PLAN_CURRENT)
		return;
	if (p->child)
		session_end(p->session, p->child);
	step_take_back(p->session, p->step, &told);
	text_done(&told);
}

static int perform(struct session *session, struct step *step, const struct view *view)
{
	struct performing p = { .session = session, .step = step, .view = view };

	p.program = (struct program){ .pidfd = -1, .pty = -1, .in = -1, .out = -1, .err = -1 };
	step->error = (struct error){ 0 };
	step->unanswered = false;
	step->done = 0;
	step->ok = false;
	step->status = -1;
	/* Written down before it is made, or not made at all. */
	if (step_leaves(step) && session_journal(session, &step->error) < 0)
		return -1;
	if (take_child(&p) < 0)
		return -1;
	step->pid = pid_now(&p);
	if (step->plan.child == PLAN_CURRENT &&
	    freezer_check(&session->facts, &step->plan, step->pid, &step->error) < 0)
		return -1;
	if (view && !session->quiet)
		observe_before(session, step);
	if (do_ops(&p) < 0 || attend(&p) < 0) {
		abandon(&p);
		return -1;
	}
	if (p.stopped)
		cut(&p);
	if (settle(&p) < 0)
		return -1;
	step->ok = true;
	if (view && !session->quiet)
		observe_after(session, step);
	return 0;
}

/* What a step makes and what a program makes are told apart by their times: losses.c. Files are
 * stamped by the kernel's coarse clock or, since Linux 6.13, a finer one, never by one that is behind
 * the coarse or before the fine; so between the two the coarse one has to pass: 10 ms at most. */
static void await_tick(const struct session *session, bool program)
{
	const struct timespec *other = program ? &session->step_ended : &session->program_ended;
	struct timespec now;

	if (!ns_own(&session->now, &session->host, NS_MNT))
		return;
	for (int tries = 0; tries < 20; tries++) {
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		if (now.tv_sec > other->tv_sec ||
		    (now.tv_sec == other->tv_sec && now.tv_nsec > other->tv_nsec))
			return;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}

int step_perform(struct session *session, struct step *step, const struct view *view)
{
	bool program = step->plan.program != PROGRAM_NONE;

	if (step->plan.child == PLAN_CURRENT)
		await_tick(session, program);
	clock_gettime(CLOCK_REALTIME_COARSE, &step->began);
	int ret = perform(session, step, view);
	clock_gettime(CLOCK_REALTIME, &step->ended);
	*(program ? &session->program_ended : &session->step_ended) = step->ended;
	return ret;
}
