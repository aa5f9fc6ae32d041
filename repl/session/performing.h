/* What the files that perform a plan share: perform.c begins, no file but theirs includes it. */
#pragma once

#include <stdbool.h>

#include "session/session.h"
#include "snapshot/cgroup/killed.h"

struct performing {
	struct session *session;
	struct step *step;
	const struct view *view; /* NULL: a replay */
	struct child *child;
	struct program program;
	struct oom joined;       /* the memory group that the program joined, as it was before; "": it joined none */
	struct turns *turns;     /* by which its child comes, at_once.c; NULL: by messages */
	bool beside;             /* its program is the shell's own child, and the session has none: at_once.c */
	bool started;            /* program runs */
	bool stopped;            /* before the end, by the view */
};

static inline const struct planned *planned_at(const struct performing *p, size_t i)
{
	return &p->step->plan.ops[i];
}

/* The pid of the child that it is performed on, 0 before there is one; of a program beside the shell the shell's own. */
pid_t performing_pid(const struct performing *p);

/* What happens before and after op i, perform.c. */
void performing_told(struct performing *p, size_t i);
void performing_take(struct performing *p, size_t i);
bool performing_is_shells(const struct planned *planned);
int performing_on_host(struct performing *p, size_t i);

/* ---- at_once.c ---- */

/* Before all: whether the plan's child will share the shell's memory until it is its program (child/turns.h). Then who is to
 * clone it is there. */
void performing_expect(struct performing *p);

/* Perform the clone op i and all behind it, where that was so. 1: it was done; 0: nothing was, and it goes by messages; -1
 * with the step's error. */
int perform_at_once(struct performing *p, size_t i);

/* Whether the plan's program may be started by the tracer that is to follow it, beside the shell: where the session's child would
 * share all with the host, and nobody is to see it. Then no child is made for it. */
bool performing_goes_beside(const struct performing *p);

/* Start that one. -1 with the step's error. */
int perform_beside(struct performing *p);

/* ---- descriptors.c: what ops need open ---- */

/* Open the descriptors of op that have a path; "%p" in it is the pid of child,
 * which may be NULL. 0, or -1 with errno set. */
int descriptors_open(struct op *op, struct child *child);
void descriptors_close(struct op *op);

/* ---- programs.c: the program that a plan starts ---- */

/* Open what the program reads and writes, as the plan says it is attended to. -1 with errno set. */
int program_connect(struct performing *p, struct op *op);

/* op has started the program: what came of it belongs to p->program now. */
void program_note(struct performing *p, const struct op *op, struct op_outcome *outcome);

/* End it, where it is the shell's own child, and wait for it: foreground.c. */
void program_end(struct program *program);

/* Op i has failed, as its outcome says. -1 with the step's error. */
int performing_fail(struct performing *p, size_t i);

/* Let the view pass on input and output, and wait for the end; a program in the background becomes a
 * job. Nothing where none was started. -1 with the step's error. */
int program_attend(struct performing *p);

/* ---- settle.c: the child before and after ---- */

/* The child the plan is for stands (PLAN_CURRENT), or comes with its clone op. -1 with the step's error. */
int performing_take_child(struct performing *p);

/* All ops have been performed: the child is the session's, or goes, and has been read. -1 with the step's
 * error. */
int performing_settle(struct performing *p);

/* The child is built and its program comes next: read it, for a view that shows containers before
 * they run. */
void performing_ready(struct performing *p);

/* Whether an op that was made has joined a namespace. */
bool performing_joins(const struct performing *p);

/* A plan that the learner has stopped is as long as it came; the half-built child stays, to be
 * looked at. */
void performing_cut(struct performing *p);

/* The failing line leaves nothing of its own child. */
void performing_abandon(struct performing *p);
