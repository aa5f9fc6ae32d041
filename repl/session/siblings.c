/* Several children: which ones there are, which one the lines are for, and which depend on each other. A
 * step may join another child's namespaces, or make it the other end of a wire. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "child/child.h"
#include "session/inside.h"
#include "session/session.h"

static struct sibling *find(struct session *session, const char *name)
{
	struct sibling *sibling = &session->first;

	while (sibling && strcmp(sibling->name, name) != 0)
		sibling = sibling->next;
	return sibling;
}

struct sibling *sibling_called(struct session *session, const char *name)
{
	struct sibling *sibling = find(session, name), *last = &session->first;

	if (sibling)
		return sibling;
	sibling = calloc(1, sizeof(*sibling));
	if (!sibling)
		out_of_memory();
	snprintf(sibling->name, sizeof(sibling->name), "%s", name);
	reading_copy(&session->host, &sibling->now);
	while (last->next)
		last = last->next;
	last->next = sibling;
	return sibling;
}

/* The first is there from the beginning; the others come and go by steps. One that is alone does not go. */
bool sibling_is_there(const struct session *session, const struct sibling *sibling, size_t count)
{
	if (sibling == &session->first && !sibling->next)
		return true;
	for (size_t i = count; i-- > 0;) {
		const struct step *step = session->steps[i];
		if (step->owner == sibling && (step->plan.child == PLAN_NEW || step->plan.child == PLAN_END))
			return step->plan.child == PLAN_NEW;
	}
	return sibling == &session->first || sibling->planned;
}

struct sibling *session_sibling(struct session *session, const char *name)
{
	struct sibling *sibling = find(session, name);

	return sibling && sibling_is_there(session, sibling, session->count) ? sibling : NULL;
}

struct sibling *session_sibling_at(const struct session *session, size_t i)
{
	for (const struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		if (sibling_is_there(session, sibling, session->count) && i-- == 0)
			return (struct sibling *)sibling;
	return NULL;
}

pid_t sibling_pid(const struct sibling *sibling)
{
	return sibling->child ? sibling->child->pid : 0;
}

bool session_has_siblings(const struct session *session)
{
	for (size_t i = 0; i < session->total; i++)
		if (session->steps[i]->owner != &session->first)
			return true;
	return false;
}

void session_turn(struct session *session, struct sibling *sibling)
{
	if (sibling == session->at)
		return;
	session->at = sibling;
	if (sibling->watch)
		proc_know(sibling->child->pid, child_proc(sibling->child));
	else
		proc_know(0, -1);
}

/* The child that the plan is about. */
static struct sibling *imagined(struct session *session, const struct plan *plan)
{
	struct sibling *sibling = session->at;

	if (!plan->sibling)
		return sibling;
	sibling = sibling_called(session, plan->sibling);
	sibling->planned = plan->child != PLAN_END;
	if (plan->child == PLAN_SWITCH)
		session_turn(session, sibling);
	return sibling;
}

void session_imagine(struct session *session, const struct plan *plan)
{
	struct sibling *of = imagined(session, plan);

	if (plan->child == PLAN_ASIDE || plan->child == PLAN_END || plan->child == PLAN_SWITCH)
		return;
	if (!of->imagining)
		of->imagined = of->now;
	of->imagining = true;
	for (size_t i = 0; i < plan->count; i++) {
		const struct op *op = &plan->ops[i].op;
		uint64_t flags = op->kind == OP_unshare ? op->unshare.flags :
				 op->kind == OP_clone	? op->clone.flags : 0;
		for (int link = 0; link < NS_TYPES; link++)
			if (flags & ns_types[link].flag)
				of->imagined.ns[link].id = 1; /* no namespace has this number */
	}
}

void session_imagine_no_more(struct session *session)
{
	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		sibling->planned = sibling->imagining = false;
	session_stay(session);
}

void session_stay(struct session *session)
{
	if (sibling_is_there(session, session->at, session->count))
		return;
	for (size_t i = session->count; i-- > 0;)
		if (sibling_is_there(session, session->steps[i]->owner, session->count)) {
			session_turn(session, session->steps[i]->owner);
			return;
		}
	session_turn(session, session_sibling_at(session, 0));
}

void siblings_mark(struct session *session, struct sibling *marked)
{
	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		sibling->anew = sibling == marked;
}

/* Children that share a mount namespace lose the same files, which are named once. */
static void add_once(const char *lines, struct text *ret)
{
	cleanup_text struct text before = { 0 };

	text_add(&before, text_of(ret));
	for (size_t length; *lines; lines += length) {
		bool known = false;
		length = strcspn(lines, "\n");
		length += lines[length] == '\n';
		for (const char *s = text_of(&before); *s && !known; s += strcspn(s, "\n"), s += *s == '\n')
			known = strncmp(s, lines, length) == 0;
		if (!known)
			text_addn(ret, lines, length);
	}
}

/* What was read of a child before the first of the steps from since on that are its own; NULL: none is. */
static const struct reading *before_own(const struct session *session, const struct sibling *sibling, size_t since)
{
	for (size_t i = since; i < session->count; i++)
		if (session->steps[i]->owner == sibling)
			return session->steps[i]->before;
	return NULL;
}

static void each_losses(struct session *session, bool all, size_t since, struct text *ret,
			void (*losses)(struct session *session, const struct reading *before, struct text *ret))
{
	struct sibling *at = session->at;

	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next) {
		cleanup_text struct text lines = { 0 };
		if (!all && !sibling->anew)
			continue;
		session_turn(session, sibling);
		losses(session, before_own(session, sibling, since), &lines);
		add_once(text_of(&lines), ret);
	}
	session_turn(session, at);
}

void siblings_losses(struct session *session, size_t since, struct text *ret)
{
	each_losses(session, false, since, ret, session_losses);
}

int session_forgo_files(struct session *session, struct error *err)
{
	cleanup_text struct text losses = { 0 };

	each_losses(session, true, SIZE_MAX, &losses, session_file_losses);
	if (!losses.len || !session->consent || session->consent(session->consents, losses.s, LOSS_BY_RESET))
		return 0;
	return fail_id(err, ERR_REFUSED, 0, "nothing was done");
}

void siblings_free(struct session *session)
{
	for (struct sibling *sibling = &session->first, *next; sibling; sibling = next) {
		next = sibling->next;
		reading_done(&sibling->now);
		reading_drop(&sibling->kept);
		if (sibling != &session->first)
			free(sibling);
	}
}

void siblings_stale(struct session *session)
{
	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		if (sibling->child && sibling != session->at)
			sibling->stale = STALE_BY_ANYTHING;
}

/* Whether there was more than one child as the step was made. */
static bool had_siblings(const struct session *session, const struct step *step)
{
	size_t at = 0, there = 0;

	while (at < session->total && session->steps[at] != step)
		at++;
	for (const struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		there += sibling_is_there(session, sibling, at < session->total ? at : session->count);
	return there > 1;
}

void step_line(const struct session *session, const struct step *step, struct text *ret)
{
	bool other = step->plan.child == PLAN_NEW || step->plan.child == PLAN_END;

	if (!other && had_siblings(session, step))
		text_addf(ret, "@%s ", step->owner->name);
	text_add(ret, step->line);
}

/* ---- what a plan names ---- */

pid_t process_in(const char *path)
{
	int pid, end = 0;

	if (!path || strncmp(path, "/proc/", 6) != 0)
		return 0;
	return sscanf(path, "/proc/%9d/%n", &pid, &end) == 1 && end ? pid : 0;
}

/* The child whose process, or whose program, this is. */
static struct sibling *whose(struct session *session, pid_t pid)
{
	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		if (sibling->child && (sibling->child->pid == pid || sibling->child->first == pid))
			return sibling;
	for (size_t i = 0; i < session->job_count; i++) {
		const struct job *job = &session->jobs[i];
		if (job->ended || job->program.own_child || job->program.pid != pid)
			continue;
		for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
			if (sibling->child && sibling->child == job->program.child)
				return sibling;
	}
	return NULL;
}

/* A port of a bridge is all that a container's wire is there: no step of the other child's is about it. */
static bool is_loose(const struct op *op)
{
	return (op->kind == OP_wire && op->wire.bridge) || op->kind == OP_forward ||
	       (op->kind == OP_setns && op->setns.nstype == CLONE_NEWUSER);
}

static void refer(struct step *step, struct sibling *whom, pid_t pid, const struct op *op)
{
	struct reference *one = step->references;

	for (size_t i = 0; i < step->reference_count; i++, one++)
		if (one->whom == whom && one->pid == pid) {
			one->loose = one->loose && is_loose(op);
			one->wire = one->wire || op->kind != OP_setns;
			return;
		}
	LIST_FIT(step->references, step->reference_count + 1);
	step->references[step->reference_count++] = (struct reference){ whom, pid, op->kind != OP_setns, is_loose(op) };
}

void step_refer(struct session *session, struct step *step)
{
	step->reference_count = 0;
	for (size_t i = 0; i < step->plan.count; i++) {
		const struct op *op = &step->plan.ops[i].op;
		for (const struct field *field = op_info(op->kind)->fields; field->name; field++) {
			const struct op_fd *fd = (const void *)((const char *)op + field->at);
			pid_t pid = field->kind == FIELD_FD ? process_in(fd->path) : 0;
			struct sibling *whom = pid ? whose(session, pid) : NULL;
			if (whom)
				refer(step, whom, pid, op);
		}
	}
}

/* ---- the same for new processes ---- */

/* Replace one number in s by another, where it is a whole number. */
static const char *renumber(struct arena *arena, const char *s, pid_t from, pid_t to)
{
	cleanup_text struct text ret = { 0 };
	char number[16];

	snprintf(number, sizeof(number), "%d", from);
	size_t length = strlen(number);
	for (const char *p = s; *p; p++) {
		bool begins = p == s || p[-1] < '0' || p[-1] > '9';
		if (begins && strncmp(p, number, length) == 0 && (p[length] < '0' || p[length] > '9')) {
			text_addf(&ret, "%d", to);
			p += length - 1;
		} else {
			text_addn(&ret, p, 1);
		}
	}
	return arena_copy(arena, text_of(&ret));
}

static void renumber_op(struct plan *plan, struct op *op, pid_t from, pid_t to)
{
	for (const struct field *field = op_info(op->kind)->fields; field->name; field++) {
		struct op_fd *fd = (void *)((char *)op + field->at);
		if (field->kind != FIELD_FD || process_in(fd->path) != from)
			continue;
		fd->path = renumber(&plan->arena, fd->path, from, to);
		if (op->kind == OP_setns)
			op->setns.inode = 0; /* its namespaces are other ones, too */
	}
}

int step_refer_again(struct session *session, struct step *step, struct error *err)
{
	struct plan *plan = &step->plan;

	for (size_t n = 0; n < step->reference_count; n++) {
		struct reference *reference = &step->references[n];
		if (reference->whom == session->at && step->plan.child == PLAN_CURRENT &&
		    session_child(session, err) < 0)
			return -1;
		const struct child *child = reference->whom->child;
		if (!child || child->gone)
			return fail_id(err, ERR_CHILD_ABSENT, 0, "it needs the child %s, which has no process",
				       reference->whom->name);
		for (size_t i = 0; i < plan->count; i++)
			renumber_op(plan, &plan->ops[i].op, reference->pid, child->pid);
		if (plan->same_as)
			plan->same_as = renumber(&plan->arena, plan->same_as, reference->pid, child->pid);
		if (plan->meaning)
			plan->meaning = renumber(&plan->arena, plan->meaning, reference->pid, child->pid);
		reference->pid = child->pid;
	}
	return 0;
}

/* ---- who depends on whom ---- */

/* Whether step makes one more child be built again. A child that ends takes its wires with it, and others
 * have joined its namespaces, not those of its replacement. A step that is repeated in a joined namespace
 * has to find it as it was. A join that is not repeated needs nobody. */
static bool spread(const struct step *step, bool stands)
{
	bool any = false;

	for (size_t n = 0; n < step->reference_count; n++) {
		const struct reference *reference = &step->references[n];
		struct sibling *owner = step->owner, *whom = reference->whom;
		if (whom->anew && !owner->anew)
			any = owner->anew = true;
		if (owner->anew && !whom->anew && !reference->loose && (stands || reference->wire))
			any = whom->anew = true;
	}
	return any;
}

void siblings_depend(struct session *session, size_t count)
{
	for (bool any = true; any;) {
		any = false;
		for (size_t i = 0; i < session->count; i++)
			any = spread(session->steps[i], i < count) || any;
	}
}
