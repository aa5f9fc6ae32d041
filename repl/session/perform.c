/* Performing a plan: batches of ops to the child, ops on the host in between, programs at the
 * end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advice/advice.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "child/child.h"
#include "ops/program/plain.h"
#include "ops/undo/undo.h"
#include "session/inside.h"
#include "session/network/network.h"
#include "session/observe.h"
#include "session/performing.h"
#include "session/host/forward/made.h"
#include "session/host/freezer.h"
#include "session/host/janitor.h"
#include "session/host/journal.h"
#include "snapshot/process.h"
#include "snapshot/network/network.h"

static bool is_program(enum op_kind kind)
{
	return op_info(kind)->starts != STARTS_NOTHING;
}

pid_t performing_pid(const struct performing *p)
{
	return p->child ? p->child->pid : p->beside ? p->session->host.pid : 0;
}

void performing_told(struct performing *p, size_t i)
{
	p->step->done = i + 1;
	if (!p->step->outcomes[i].pid)
		p->step->outcomes[i].pid = performing_pid(p);
	if (p->view && p->view->after)
		p->view->after(p->view->context, p->step, i);
}

/* What has been made of the child before op i. */
static const struct plan **plans_before(struct performing *p, size_t *count)
{
	const struct plan *plan, **ret = NULL;

	*count = 0;
	for (size_t n = 0; p->child && (plan = session_plan(p->session, p->child->pid, n)); n++) {
		LIST_FIT(ret, *count + 2);
		if (plan != &p->step->plan)
			ret[(*count)++] = plan;
	}
	LIST_FIT(ret, *count + 1);
	ret[(*count)++] = &p->step->plan;
	return ret;
}

int performing_fail(struct performing *p, size_t i)
{
	struct session *session = p->session;
	struct step *step = p->step;
	size_t count;
	cleanup_free const struct plan **plans = plans_before(p, &count);
	struct reading now = { 0 };
	struct error unread;
	struct failure failure = {
		.op = &step->plan.ops[i].op, .outcome = &step->outcomes[i], .facts = &session->facts,
		.host = &session->host, .child = &session->host, .pid = performing_pid(p), .plans = plans,
		.plan_count = count, .made = i, .on_host = planned_at(p, i)->flags & PLAN_ON_HOST,
	};

	/* A one-shot that works needs no reading of the host, nor all control groups; why one does not, does. */
	session_see(session, &unread);
	if (session->facts.limits_known)
		facts_cgroups(&session->facts);
	if (failure.pid && reading_take(failure.pid, &now, &unread) == 0)
		failure.child = &now;
	advise(&failure, step_error(step));
	reading_done(&now);
	if (is_program(planned_at(p, i)->op.kind))
		step->status = step->outcomes[i].code == ENOENT ? 127 : 126;
	return -1;
}

static int start_child(struct performing *p, size_t i)
{
	struct step *step = p->step;
	struct op *op = &step->plan.ops[i].op;

	/* Where a report tells who the router is, it stays that process. */
	bool holds = p->session->quiet && step->plan.child == PLAN_NEW && plan_only_wires(&step->plan);
	bool near = holds || plan_is_plain(&step->plan);
	if (session_janitor(p->session, near, step_error(step)) < 0)
		return -1;
	p->child = janitor_start(p->session->janitor, ++p->session->started, op, &step->outcomes[i], step_error(step));
	if (p->child)
		return 0;
	return step->outcomes[i].code ? performing_fail(p, i) : -1;
}

static void keep_folder(struct performing *p, const struct op *op, struct op_outcome *outcome)
{
	const char *path = op_string(op, op_info(op->kind)->keeps);

	if (path && outcome->code == 0 && outcome->fds[0] >= 0)
		child_keep(p->child, path, steal_fd(&outcome->fds[0]));
}

/* The shell makes the call: on the child's behalf, or on the host itself. */
bool performing_is_shells(const struct planned *planned)
{
	return op_info(planned->op.kind)->side == ON_HOST || (planned->flags & PLAN_ON_HOST);
}

/* The processes in a control group, a line each. */
static void read_members(const char *group, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };

	read_file(AT_FDCWD, path_join(&arena, group, "cgroup.procs"), 1 << 20, ret);
}

int performing_on_host(struct performing *p, size_t i)
{
	struct step *step = p->step;
	struct op *op = &step->plan.ops[i].op;
	cleanup_fd int own = planned_at(p, i)->flags & PLAN_ON_HOST ?
			     open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	struct op_stage stage = { .pid = performing_pid(p),
				  .proc = own >= 0 ? own : p->child ? child_proc(p->child) : -1,
				  .quiet = p->session->quiet };

	if (descriptors_open(op, p->child) < 0) {
		step->outcomes[i] = (struct op_outcome){ .code = errno, .fds = { -1, -1, -1 } };
		descriptors_close(op);
		performing_told(p, i);
		return performing_fail(p, i);
	}
	if (op->kind == OP_clone) {
		int failed = start_child(p, i);
		descriptors_close(op);
		performing_told(p, i);
		return failed;
	}
	if (op->kind == OP_forward || op->kind == OP_outlet) {
		int failed = forward_make(op, &step->ties, &step->outcomes[i], step_error(step));
		descriptors_close(op);
		performing_told(p, i);
		if (failed < 0)
			session_say_publisher(p->session, step, op);
		return failed;
	}
	int noted = step_note_making(p->session, step, i, p->child);
	if (noted < 0) {
		descriptors_close(op);
		return -1;
	}
	cleanup_text struct text killed = { 0 };
	if (op->kind == OP_cgroup_kill)
		read_members(op->cgroup_kill.path, &killed);
	int failed = op_run(op, &stage, &step->outcomes[i]);
	if (!failed)
		session_note_killed(p->session, &killed);
	if (noted)
		step_note_made(p->session, step, i, p->child, failed ? MADE_NOT : MADE_IT);
	if (op->kind == OP_wire && op->wire.bridge && !failed)
		ties_add_port(&step->ties, op->wire.to.path, op->wire.to.fd, op->wire.peer, op->wire.bridge);
	descriptors_close(op);
	keep_folder(p, op, &step->outcomes[i]);
	performing_told(p, i);
	return plan_passes(planned_at(p, i), &step->outcomes[i]) ? 0 : performing_fail(p, i);
}

/* How many ops from i on can go to the child in one batch. An op that must be seen or noted alone
 * ends it; a program is a batch of its own. */
static size_t batch_from(const struct performing *p, size_t i)
{
	size_t end = i;

	while (end < p->step->plan.count) {
		const struct planned *planned = planned_at(p, end);
		if (performing_is_shells(planned) || (is_program(planned->op.kind) && end > i))
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
		if ((is_program(op->kind) && program_connect(p, op) < 0) || descriptors_open(op, p->child) < 0) {
			p->step->outcomes[i + n] = (struct op_outcome){ .code = errno,
									.fds = { -1, -1, -1 } };
			performing_told(p, i + n);
			return performing_fail(p, i + n);
		}
	}
	return 0;
}

/* What a successful op sent along: the terminal's master, a program's pidfd, a folder. */
void performing_take(struct performing *p, size_t i)
{
	const struct op *op = &planned_at(p, i)->op;
	struct op_outcome *outcome = &p->step->outcomes[i];

	if (op->kind == OP_pty && outcome->code == 0)
		p->program.pty = steal_fd(&outcome->fds[1]);
	if (is_program(op->kind) && outcome->code == 0)
		program_note(p, op, outcome);
	if (op->kind == OP_hosts && outcome->code == 0 && outcome->fds[0] >= 0)
		ties_add_hosts(&p->step->ties, &p->session->names, steal_fd(&outcome->fds[0]), op->hosts.text, op->hosts.line);
	if (op->kind == OP_link_del && outcome->code == 0)
		session_reap_ties(p->session);
	keep_folder(p, op, outcome);
	for (size_t fd = 0; fd < OP_FDS; fd++)
		if (outcome->fds[fd] >= 0)
			close(steal_fd(&outcome->fds[fd]));
}

static int do_batch(struct performing *p, size_t i, size_t *count)
{
	struct step *step = p->step;
	size_t last = i + *count - 1;
	pid_t before = performing_pid(p);
	int noted = 0;

	int opened = open_batch(p, i, *count);
	if (opened == 0) {
		leftovers_release(p->session, &step->plan.ops[i], *count, p->child);
		noted = step_note_making(p->session, step, last, p->child);
		opened = noted < 0 ? -1 : 0;
	}
	if (opened == 0) {
		struct mounts *host = propagation_before(p->session, step, i, *count);
		int n = child_do(p->child, &step->plan.ops[i], *count, &step->outcomes[i], step_error(step));
		if (noted > 0)
			step_note_made(p->session, step, last, p->child, n < 0 ? MADE_UNKNOWN :
				       n == (int)*count && step->outcomes[last].code == 0 ?
				       MADE_IT : MADE_NOT);
		propagation_after(p->session, step, p->child, host);
		*count = n < 0 ? 0 : (size_t)n;
		opened = n < 0 ? -1 : 0;
		step->unanswered = n < 0;
	}
	for (size_t n = i; n <= last; n++)
		descriptors_close(&step->plan.ops[n].op);
	if (opened < 0)
		return -1;
	for (size_t n = i; n < i + *count; n++) {
		step->outcomes[n].pid = before;
		performing_take(p, n);
		performing_told(p, n);
		if (!plan_passes(planned_at(p, n), &step->outcomes[n]))
			return performing_fail(p, n);
	}
	return 0;
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
			performing_ready(p);
		p->stopped = stops_before(p, i);
		if (p->stopped)
			return 0;
		if (p->beside)
			return perform_beside(p);
		int at_once = planned->op.kind == OP_clone ? perform_at_once(p, i) : 0;
		if (at_once)
			return at_once < 0 ? -1 : 0;
		if (performing_is_shells(planned)) {
			if (performing_on_host(p, i) < 0)
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

static int perform(struct session *session, struct step *step, const struct view *view)
{
	struct performing p = { .session = session, .step = step, .view = view };

	p.program = (struct program){ .pidfd = -1, .pty = -1, .in = -1, .out = -1, .err = -1, .gate = -1 };
	*step_error(step) = (struct error){ 0 };
	step->unanswered = false;
	free(steal_ptr(&step->note));
	step->done = 0;
	step_unfold(step);
	step->ok = false;
	step->status = -1;
	step->signal = 0;
	/* Written down before it is made, or not made at all. */
	if (step_leaves(step) && session_journal(session, step_error(step)) < 0)
		return -1;
	if (view)
		step_refer(session, step);
	p.beside = performing_goes_beside(&p);
	if (!p.beside && performing_take_child(&p) < 0)
		return -1;
	step->pid = performing_pid(&p);
	if (step->plan.child == PLAN_CURRENT &&
	    freezer_check(&session->facts, &step->plan, step->pid, step_error(step)) < 0)
		return -1;
	network_keep(&step->plan, step->pid, &step->was);
	if (view && !session->quiet)
		observe_before(session, step);
	performing_expect(&p);
	int done = do_ops(&p);
	journal_flush(session->journal);
	if (done < 0 || program_attend(&p) < 0) {
		fail_death(session->janitor, p.child, step_error(step));
		program_end(&p.program);
		performing_abandon(&p);
		return -1;
	}
	if (p.stopped)
		performing_cut(&p);
	if (!p.beside && performing_settle(&p) < 0)
		return -1;
	step->ok = true;
	if (view && !session->quiet)
		observe_after(session, step);
	return 0;
}

int step_perform(struct session *session, struct step *step, const struct view *view)
{
	bool program = step->plan.program != PROGRAM_NONE;

	network_forget();
	if (step->plan.child == PLAN_CURRENT || !program)
		losses_await_tick(session, program);
	clock_gettime(CLOCK_REALTIME_COARSE, &step->began);
	int ret = perform(session, step, view);
	journal_flush(session->journal);
	if (ret == 0)
		free(steal_ptr(&step->error));
	clock_gettime(CLOCK_REALTIME, &step->ended);
	if (step->plan.child == PLAN_CURRENT || !program)
		*(program ? &session->program_ended : &session->step_ended) = step->ended;
	return ret;
}
