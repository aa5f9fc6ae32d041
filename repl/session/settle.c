/* The child before and after a plan: which one it is, and what happens to it. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "child/child.h"
#include "ops/program/plain.h"
#include "ops/undo/undo.h"
#include "session/inside.h"
#include "session/observe.h"
#include "session/performing.h"
#include "session/host/janitor.h"
#include "session/host/forward/far_end.h"
#include "session/network/network.h"
#include "snapshot/process.h"

/* The other child of op i's wire with this one, and the name of the end that it has; NULL: no wire, or it has
 * no process. */
static struct sibling *wired(const struct step *step, size_t i, const struct sibling *child, const char **end)
{
	const struct op *op = &step->plan.ops[i].op;
	const char *name = op->kind == OP_wire ? op->wire.name : op->kind == OP_link_add ? op->link_add.name : NULL;
	const char *peer = op->kind == OP_wire ? op->wire.peer : op->kind == OP_link_add ? op->link_add.peer : NULL;

	/* A port of a bridge has gone with the step that made it. */
	bool port = op->kind == OP_wire && op->wire.bridge && step->owner == child;
	if (!name || !peer || port || step_code(step, i))
		return NULL;
	for (size_t n = 0; n < step->reference_count; n++) {
		const struct reference *reference = &step->references[n];
		struct sibling *other = step->owner == child ? reference->whom : step->owner;
		if (!reference->wire || other == child || !other->child ||
		    (step->owner != child && reference->whom != child))
			continue;
		*end = step->owner == child ? peer : name;
		return other;
	}
	return NULL;
}

/* A child that ends is not built again, as with undo: those that hold the other ends of its wires lose these. */
static void add_cut_off(const struct session *session, struct text *losses)
{
	const char *end;

	for (size_t i = 0; i < session->count; i++)
		for (size_t n = 0; n < session->steps[i]->done; n++) {
			const struct sibling *other = wired(session->steps[i], n, session->at, &end);
			if (other)
				text_sayf(losses, "the interface %s of the child %s, the other end of its wire\n",
					  vis(end), other->name);
		}
}

/* Whether another child or a container is in the network namespace of the one that the session is at: then
 * that lives on with it. */
static bool shares_network(const struct session *session)
{
	struct stat net;

	if (fstatat(child_proc(session->at->child), "ns/net", &net, 0) < 0)
		return false;
	for (const struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		if (sibling != session->at && sibling->child &&
		    process_is_in(sibling->child->pid, NS_NET, net.st_ino))
			return true;
	for (size_t i = 0; i < session->job_count; i++)
		if (!session->jobs[i].ended && session->jobs[i].program.child != session->at->child &&
		    process_is_in(session->jobs[i].program.pid, NS_NET, net.st_ino))
			return true;
	return false;
}

/* What goes with a child that is to end: its programs and files in memory, and what its steps keep on the
 * host. */
static void add_ends(struct session *session, struct text *losses)
{
	siblings_mark(session, session->at);
	siblings_losses(session, SIZE_MAX, losses);
	siblings_mark(session, NULL);
	add_cut_off(session, losses);
	for (size_t i = 0; i < session->count; i++) {
		const struct step *step = session->steps[i];
		for (size_t n = 0; step->owner == session->at && n < step->undo_count; n++)
			if (undo_info(step->undos[n].kind)->place == PLACE_PATH ||
			    undo_info(step->undos[n].kind)->place == PLACE_FREE)
				text_sayf(losses, "%s, which step %d made\n", vis(step->undos[n].path), step->number);
	}
}

/* Whether the child may end that the step is about; what ends with it is the step's note. */
static int ask_to_end(struct performing *p)
{
	struct session *session = p->session;
	struct step *step = p->step;
	struct text losses = { 0 }, note = { 0 };

	add_ends(session, &losses);
	if (losses.len && session->consent && !session->consent(session->consents, losses.s, LOSS_BY_END)) {
		text_done(&losses);
		return fail_id(step_error(step), ERR_REFUSED, 0, "nothing was done");
	}
	if (losses.len)
		text_say(&note, "It took along:\n");
	text_add(&note, text_of(&losses));
	if (note.len)
		note.s[note.len - 1] = '\0'; /* a note ends without a newline */
	text_done(&losses);
	step->note = note.s;
	return 0;
}

/* What stands before the step. With -q the last reading may be older than the last step: then only the
 * host name is known. */
static void take_before(struct performing *p)
{
	struct step *step = p->step;
	struct reading named = { 0 };

	reading_drop(&step->before);
	if (!p->session->at->stale)
		step->before = sibling_kept(p->session->at);
	if (!p->child)
		return;
	const char *hostname = p->child->hostname[0] ? p->child->hostname : p->session->host.hostname;
	if (strcmp(step->before->hostname, hostname) == 0)
		return;
	reading_copy(step->before, &named);
	snprintf(named.hostname, sizeof(named.hostname), "%s", hostname);
	reading_drop(&step->before);
	step->before = reading_keep(&named);
	reading_done(&named);
}

/* One of the shell's own only holds a network (ops/program/plain.h). For all else a child of the janitor's goes on in
 * its place, in the same network namespace: the janitor ends what programs leave there, however the shell ends. */
static int leave_near(struct performing *p)
{
	struct session *session = p->session;
	struct error *err = step_error(p->step);
	struct op clone = op_new(OP_clone);
	struct child *near = session->at->child;
	struct op_outcome outcome;

	struct child *child = session_janitor(session, false, err) < 0 ? NULL :
			      janitor_start(session->janitor, ++session->started, &clone, &outcome, err);
	if (!child)
		return -1;
	if (network_enter(child, near->pid, err) < 0) {
		session_end(session, child);
		return -1;
	}
	session_renumber(session, near->pid, child->pid);
	session_adopt(session, child);
	session_end(session, near);
	return step_refer_again(session, p->step, err) < 0 ? -1 : session_child(session, err);
}

int performing_take_child(struct performing *p)
{
	struct session *session = p->session;
	struct step *step = p->step;

	if (step->plan.child == PLAN_CURRENT) {
		if (session_child(session, step_error(step)) < 0)
			return -1;
		if (session->at->child->near && !plan_only_wires(&step->plan) && leave_near(p) < 0)
			return -1;
		p->child = session->at->child;
		take_before(p);
	} else if (step->plan.child == PLAN_END || step->plan.child == PLAN_SWITCH) {
		if (step->plan.child == PLAN_END && p->view && ask_to_end(p) < 0)
			return -1;
		take_before(p);
	} else if (!session->quiet) {
		if (session_see(session, step_error(step)) < 0)
			return -1;
		reading_drop(&step->before);
		step->before = reading_keep(&session->host);
	}
	return 0;
}

/* End the child, and take back what it had on the host. */
static void leave_child(struct performing *p)
{
	struct session *session = p->session;
	struct text told = { 0 };

	session_end_child(session);
	for (size_t i = session->count; i-- > 0;)
		if (session->steps[i]->owner == session->at && session->steps[i] != p->step)
			step_take_back(session, session->steps[i], &told);
	text_done(&told);
}

/* The child is gone when the others' ends of its wires are, which the kernel removes some time after it. */
static void await_far_ends(const struct session *session)
{
	const char *end;

	for (size_t i = 0; i < session->count; i++)
		for (size_t n = 0; n < session->steps[i]->done; n++) {
			const struct sibling *other = wired(session->steps[i], n, session->at, &end);
			if (other)
				far_end_await(other->child->pid, end);
		}
}

/* Whether nothing in this step could have changed a mount that was there before it. poll(2) reports new and
 * removed mounts, but not changed flags. */
static bool leaves_mounts(const struct performing *p)
{
	if (p->started || session_runs(p->session))
		return false;
	for (size_t i = 0; i < p->step->done; i++) {
		if (op_changes_mounts(&planned_at(p, i)->op))
			return false;
	}
	return true;
}

bool performing_joins(const struct performing *p)
{
	for (size_t i = 0; i < p->step->done; i++)
		if (planned_at(p, i)->op.kind == OP_setns)
			return true;
	return false;
}

/* Whether the child was the init of a pid namespace; what comes before it is made on the host. */
static bool began_as_init(const struct performing *p)
{
	for (size_t i = 0; i < p->step->plan.count; i++)
		if (planned_at(p, i)->op.kind == OP_clone)
			return planned_at(p, i)->op.clone.flags & CLONE_NEWPID;
	return false;
}

/* When the init of a pid namespace has been waited for, all others in it are dead. */
static void end_aside(struct performing *p)
{
	if (p->child && p->started && !p->program.inside && began_as_init(p))
		child_free(p->child);
	else if (p->child)
		session_end(p->session, p->child);
}

int performing_settle(struct performing *p)
{
	struct session *session = p->session;
	struct step *step = p->step;
	struct text told = { 0 };

	switch (step->plan.child) {
	case PLAN_CURRENT:
		session->at->joins = session->at->joins || performing_joins(p);
		/* A successor may have taken over: watch that one. */
		if (!session->at->child->gone && step->pid != session->at->child->pid)
			session_adopt(session, session->at->child);
		if (session->at->stale != STALE_BY_ANYTHING)
			session->at->stale = leaves_mounts(p) ? STALE_BY_STEPS : STALE_BY_ANYTHING;
		break;
	case PLAN_FRESH:
	case PLAN_NEW:
		leave_child(p);
		session_adopt(session, p->child);
		session->at->joins = performing_joins(p);
		break;
	case PLAN_END: {
		bool shared = session->at->child && shares_network(session);
		leave_child(p);
		if (!shared)
			await_far_ends(session);
		return 0;
	}
	case PLAN_SWITCH:
		return 0;
	case PLAN_ASIDE:
		if (p->started && step->plan.program == PROGRAM_BACKGROUND)
			return 0;
		end_aside(p);
		ties_take_ports(&session->loose_ports, &step->ties);
		step_take_back(session, step, &told);
		text_done(&told);
		return 0;
	}
	if (session->quiet)
		return 0;
	step->pid = session->at->child->pid;
	if (session_read(session, step_error(step)) < 0)
		return -1;
	reading_drop(&step->after);
	difference_done(&step->difference);
	step->after = sibling_kept(session->at);
	difference_find(step->before, step->after, &step->difference);
	return 0;
}

void performing_ready(struct performing *p)
{
	struct step *step = p->step;
	struct reading stands = { 0 };
	struct error unread;

	if (!p->view || !p->view->ready || p->session->quiet)
		return;
	if (step->plan.child == PLAN_CURRENT) {
		p->view->ready(p->view->context, step);
		return;
	}
	if (reading_take(p->child->pid, &stands, &unread) < 0) {
		cleanup_text struct text line = { 0 };
		text_sayf(&line, "the container could not be looked at: %s: %s", unread.what,
			  errno_name(unread.code));
		step_add_note(step, text_of(&line));
		return;
	}
	/* One that is not dumpable shows an ordinary user too little to tell anything by. */
	if (!ns_any(&stands)) {
		reading_done(&stands);
		p->view->ready(p->view->context, step);
		return;
	}
	/* exec joins all that its container has, and shows nothing of it. */
	if (step->plan.changes && performing_joins(p))
		process_find_joined(&stands, &p->session->host);
	memcpy(stands.hostname, p->child->hostname, sizeof(stands.hostname));
	reading_drop(&step->after);
	step->after = reading_keep(&stands);
	reading_done(&stands);
	step->pid = p->child->pid;
	difference_find(step->before, step->after, &step->difference);
	observe_ready(p->session, step, step->pid);
	p->view->ready(p->view->context, step);
}

void performing_cut(struct performing *p)
{
	struct plan *plan = &p->step->plan;

	plan->count = p->step->done;
	plan->program = PROGRAM_NONE;
	if (plan->child != PLAN_CURRENT)
		plan->child = p->child ? PLAN_FRESH : PLAN_ASIDE;
}

static void note_volume(struct step *step, const char *path, int code)
{
	struct text note = { 0 };

	text_sayf(&note, "the volume %s stays: %s", vis(path_name(path)), errno_name(code));
	if (step->note)
		text_addf(&note, "\n%s", step->note);
	free(step->note);
	step->note = note.s;
}

/* A volume outlives its container. If the program never ran, a new volume holds only what the image
 * had there, and is removed. A named one may be another session's by now: it is removed only if it is
 * empty. None is removed that somebody else uses. */
static void remove_unused_volumes(struct performing *p)
{
	const struct op_stage stage = { .proc = -1, .quiet = p->session->quiet };

	for (size_t i = p->started ? 0 : p->step->done; i-- > 0;) {
		const struct op *made = &planned_at(p, i)->op;
		if (made->kind != OP_volume_make || p->step->outcomes[i].code)
			continue;
		struct op op = op_new(OP_volume_remove);
		op.volume_remove.path = made->volume_make.path;
		op.volume_remove.empty = made->volume_make.named;
		struct op_outcome outcome = { 0 };
		if (op_run(&op, &stage, &outcome) < 0)
			note_volume(p->step, made->volume_make.path, outcome.code);
	}
}

void performing_abandon(struct performing *p)
{
	struct text told = { 0 };

	program_done(&p->program);
	if (p->step->plan.child == PLAN_CURRENT) {
		if (p->session->at->stale)
			p->session->at->stale = STALE_BY_ANYTHING;
		return;
	}
	if (p->child)
		session_end(p->session, p->child);
	remove_unused_volumes(p);
	step_take_back(p->session, p->step, &told);
	text_done(&told);
}
