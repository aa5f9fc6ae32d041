/* Plans that need no child of the janitor's. One whose child shares the shell's memory until it is its program: what is to be
 * opened is opened before, and all ops are one turn of the child's, but for those that the shell makes in between. And one that is
 * a program that its tracer starts. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "child/child.h"
#include "child/turns.h"
#include "ops/program/plain.h"
#include "session/inside.h"
#include "session/performing.h"
#include "session/host/janitor.h"
#include "session/host/near/near.h"

/* What the sanitizers keep of a process is in memory that two would share. */
#ifdef SANITIZED
enum { MAY_SHARE = false };
#else
enum { MAY_SHARE = SYS_FUTEX_BARE };
#endif

/* ---- whether ---- */

/* It is opened without knowing the child. */
static bool opens_alone(const struct op *op)
{
	for (const struct field *field = op_info(op->kind)->fields; field->name; field++) {
		const struct op_fd *fd = (const void *)((const char *)op + field->at);
		if (field->kind == FIELD_FD && fd->path && (strstr(fd->path, "%p") || (fd->flags & (FD_IDMAP | FD_NS_OWNER | FD_CHILDS))))
			return false;
	}
	return true;
}

/* Nothing of it must be noted or looked at, before or after, and nothing is allocated for it. */
static bool is_alone(const struct planned *planned)
{
	const struct op *op = &planned->op;

	if (performing_is_shells(planned))
		return !(planned->flags & PLAN_ON_HOST);
	if (op->kind == OP_umount && !(op->umount.flags & MNT_DETACH))
		return false;
	if ((op->kind == OP_setgroups && op->setgroups.list) || op->kind == OP_hosts)
		return false;
	/* All of the user that it becomes may trace it. */
	if (op->kind == OP_setresuid && op->setresuid.id != 0)
		return false;
	return !planned_leaves(planned) && !op_info(op->kind)->forks && !(planned->flags & PLAN_TAKE_BACK) && opens_alone(op);
}

static bool can_share(const struct performing *p, size_t i)
{
	const struct plan *plan = &p->step->plan;
	const struct op *clone = &plan->ops[i].op;

	/* clone(2) knows the older flags alone, and so no group of cgroup v2. What is not dumpable must stay so, and the
	 * child of a shell that is not would make it dumpable. */
	if (!MAY_SHARE || !p->session->quiet || !p->view || p->view->pause || clone->clone.cgroup.path ||
	    (clone->clone.flags & (0x80 | ~(uint64_t)UINT32_MAX)) || prctl(PR_GET_DUMPABLE) != 1)
		return false;
	for (size_t n = i + 1; n < plan->count; n++)
		if (!is_alone(&plan->ops[n]))
			return false;
	return plan_is_plain(plan);
}

/* ---- how ---- */

static int open_ops(struct performing *p, size_t i)
{
	for (; i < p->step->plan.count; i++) {
		struct op *op = &p->step->plan.ops[i].op;
		if (performing_is_shells(planned_at(p, i)))
			continue;
		if ((op_info(op->kind)->becomes && program_connect(p, op) < 0) || descriptors_open(op, NULL) < 0)
			return -1;
	}
	return 0;
}

static void close_ops(struct performing *p, size_t i)
{
	for (; i < p->step->plan.count; i++)
		descriptors_close(&p->step->plan.ops[i].op);
}

static size_t turn_from(const struct performing *p, size_t i)
{
	size_t end = i;

	while (end < p->step->plan.count && !performing_is_shells(planned_at(p, end)))
		end++;
	return end - i;
}

/* The shell's view of the child, once it is known. */
static void take_child(struct performing *p, struct turns *turns, struct op_outcome *outcome)
{
	p->child = child_new(turns_socket(turns), (pid_t)outcome->value, steal_fd(&outcome->fds[0]));
	p->child->number = p->session->started;
	p->child->near = true;
}

/* No answer: why is to be seen as long as it is as it was, and nothing else is done before it has ended. */
static int give_up(struct performing *p, struct near *near, enum turned turned, int patience)
{
	int code = turned == TURN_UNGIVEN ? errno : turned == TURN_LEFT ? EPIPE : await_interrupted() ? EINTR : ETIMEDOUT;

	p->step->unanswered = true;
	if (p->child)
		child_fail(p->child, code, patience, step_error(p->step));
	else
		fail(step_error(p->step), ETIMEDOUT, "clone of the child");
	if (turned != TURN_LEFT)
		near_stop(near);
	return -1;
}

/* What came of a turn from op i on. */
static int take_turn(struct performing *p, struct near *near, size_t i, const struct turn *turn, enum turned turned, int patience)
{
	struct step *step = p->step;
	size_t done = turn->done;
	bool became = turned == TURN_LEFT && done < turn->count && op_info(turn->ops[done].op.kind)->becomes;

	if (turned == TURN_SILENT || turned == TURN_UNGIVEN || (turned == TURN_LEFT && !became))
		return give_up(p, near, turned, patience);
	p->child->gone = became;
	for (size_t n = i; n < i + done + became; n++) {
		step->outcomes[n].pid = performing_pid(p);
		performing_take(p, n);
		performing_told(p, n);
		if (!plan_passes(planned_at(p, n), &step->outcomes[n]))
			return performing_fail(p, n);
	}
	return 0;
}

/* The first turn. 1: the child could not be made so. */
static int start(struct performing *p, struct near *near, size_t i)
{
	struct step *step = p->step;
	struct turn turn = { &step->plan.ops[i + 1], turn_from(p, i + 1), &step->outcomes[i + 1], 0 };
	int patience = child_patience(turn.ops, turn.count);
	struct op_outcome *outcome = &step->outcomes[i];

	enum turned turned = near_share(near, ++p->session->started, &turn, patience, outcome);
	if (outcome->code)
		return 1;
	if (!outcome->value)
		return give_up(p, near, turned, patience);
	take_child(p, p->turns, outcome);
	performing_told(p, i);
	return take_turn(p, near, i + 1, &turn, turned, patience);
}

static int go_on(struct performing *p, struct near *near, size_t i, size_t count)
{
	struct turn turn = { &p->step->plan.ops[i], count, &p->step->outcomes[i], 0 };
	int patience = child_patience(turn.ops, turn.count);

	enum turned turned = near_turn(near, &turn, patience);
	return take_turn(p, near, i, &turn, turned, patience);
}

static int perform(struct performing *p, struct near *near, size_t i)
{
	int failed = start(p, near, i);

	for (size_t n = i + 1 + turn_from(p, i + 1); !failed && n < p->step->plan.count;) {
		size_t count = turn_from(p, n);
		failed = count ? go_on(p, near, n, count) : performing_on_host(p, n);
		n += count ? count : 1;
	}
	return failed;
}

static size_t find_clone(const struct plan *plan)
{
	size_t i = 0;

	while (i < plan->count && plan->ops[i].op.kind != OP_clone)
		i++;
	return i;
}

void performing_expect(struct performing *p)
{
	struct session *session = p->session;
	size_t i = find_clone(&p->step->plan);
	struct error unused;

	if (i == p->step->plan.count || !can_share(p, i) || session_janitor(session, true, &unused) < 0)
		return;
	struct near *near = janitor_takes_near(session->janitor);
	/* Who waits for the shell's end is there, and would have to be another to clone the child. */
	if (!near || near_watcher(near))
		return;
	struct turns *turns = turns_new(near_shell(near), &unused);
	if (turns && near_expect(near, &p->step->plan.ops[i].op, turns) == 0)
		p->turns = turns;
}

int perform_at_once(struct performing *p, size_t i)
{
	if (!p->turns)
		return 0;
	int failed = open_ops(p, i + 1) < 0 ? 1 : perform(p, janitor_takes_near(p->session->janitor), i);
	close_ops(p, i + 1);
	if (failed <= 0)
		return failed < 0 ? -1 : 1;
	program_done(&p->program);
	p->program = (struct program){ .pidfd = -1, .pty = -1, .in = -1, .out = -1, .err = -1, .gate = -1 };
	return 0;
}

/* ---- beside the shell ---- */

bool performing_goes_beside(const struct performing *p)
{
	const struct session *session = p->session;
	const struct plan *plan = &p->step->plan;

	if (plan->child != PLAN_CURRENT || !plan->traced || plan->learns || plan->count != 1 ||
	    (plan->program != PROGRAM_WAIT && plan->program != PROGRAM_INPUT))
		return false;
	/* All of the user that it becomes may trace it, and its tracer's memory is its own. */
	const struct op *op = &plan->ops[0].op;
	if (op->kind != OP_spawn || op->spawn.uid != OP_NO_ID || op->spawn.gid != OP_NO_ID)
		return false;
	return session->quiet && !session->replaying && p->view && p->view->start && !p->view->pause && !session->at->child &&
	       !session_has_walls(session);
}

/* The terminal's modes and the runtime folder are taken care of, too, should the shell be killed. */
static int watch(struct session *session, struct error *err)
{
	if (session_janitor(session, true, err) < 0)
		return -1;
	struct near *near = janitor_takes_near(session->janitor);
	return near && near_watch(near) < 0 ? fail(err, errno, "clone of who waits for the shell's end") : 0;
}

int perform_beside(struct performing *p)
{
	struct op *op = &p->step->plan.ops[0].op;
	struct op_outcome *outcome = &p->step->outcomes[0];
	pid_t pid = 0;
	int failed = 0;

	if (watch(p->session, step_error(p->step)) < 0)
		return -1;
	*outcome = (struct op_outcome){ .before = -1, .fds = { -1, -1, -1 } };
	if (program_connect(p, op) < 0 || descriptors_open(op, NULL) < 0)
		outcome->code = errno;
	else
		failed = p->view->start(p->view->context, p->step, op, &p->program, &pid, step_error(p->step));
	descriptors_close(op);
	p->program.own = true;
	p->program.pid = pid;
	performing_told(p, 0);
	if (outcome->code)
		return performing_fail(p, 0);
	if (failed < 0)
		return -1;
	outcome->value = pid;
	/* Where there can be none, the end of its output is the program's. */
	outcome->fds[0] = sys_pidfd_open(pid);
	performing_take(p, 0);
	return 0;
}
