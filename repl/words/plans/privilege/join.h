/* Parts of plans: the walls of privilege of a process that is there already, for one that joins
 * it. Namespaces are joined by setns(2); these are not: each has to be put up again. */
#pragma once

#include "words/plans/plans.h"

/* Whom to become. */
struct whom {
	uint64_t uid, gid;   /* OP_NO_ID: as it is */
	bool groups;         /* setgroups(2) is not denied: leave the shell's */
	const char *further; /* and be in these, "0 10 33"; NULL for none */
};

/* The walls of process pid, as target reads it. Those that this session put up itself are known
 * exactly; of another's, capabilities and no_new_privs are read from /proc, and docker's default
 * stands for a filter, which nobody can read. The call order is that of a container's. */
void plan_walls_of(const struct context *context, struct plan *plan, pid_t pid,
		   const struct reading *target, const struct whom *whom);

/* Whom the container of pid runs its programs as, when this session started it as somebody else
 * than root: OP_NO_ID otherwise. */
void user_of(const struct context *context, pid_t pid, uint64_t *uid, uint64_t *gid);

/* The further groups that this session gave the container of pid, "0 10 33"; NULL for none. They live as long
 * as its step. */
const char *groups_of(const struct context *context, pid_t pid);

/* How a process that joins target's namespaces as it is would differ from target: more
 * capabilities, no filter, other limits. "" when it would not. */
const char *unlike(const struct context *context, struct plan *plan,
		   const struct reading *joiner, const struct reading *target);

/* nsenter(1) with the namespaces that the plan joins so far, its program still to come; in the plan's arena.
 * all: every one of the process's. Root may join again what it is in; others may not, and set no groups. */
const char *plan_nsenter(const struct context *context, struct plan *plan, pid_t pid, bool all);
