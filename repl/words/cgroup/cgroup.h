/* words/cgroup: the words behind "cgroup".
 * May include: words/plans words/look words/language snapshot ops base.
 * Never: performs anything.
 * Begin at: cgroup.c. */
/* The words behind "cgroup". */
#pragma once

#include "words/plans/cgroup/cgroup.h"

/* Files of limits: build_*. args[0] is the word itself; their number has been checked. */
int cgroup_set(const struct context *context, const struct words *words, struct plan *plan,
	       struct error *err);

/* Where the child is: freeze, thaw, kill, join, rm. */
int cgroup_freeze(const struct context *context, const struct words *words, struct plan *plan,
		  struct error *err);
int cgroup_thaw(const struct context *context, const struct words *words, struct plan *plan,
		struct error *err);
int cgroup_kill(const struct context *context, const struct words *words, struct plan *plan,
		struct error *err);
int cgroup_join(const struct context *context, const struct words *words, struct plan *plan,
		struct error *err);
int cgroup_rm(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err);

/* By hand: an empty group, and any file of the child's. */
int cgroup_new(const struct context *context, const struct words *words, struct plan *plan,
	       struct error *err);
int cgroup_raw(const struct context *context, const struct words *words, struct plan *plan,
	       struct error *err);

/* The limits of the groups that context->child is in, with what is used and what they have done:
 * a table, and those that are not set in a sentence. all: those of the shell's own groups too. */
void cgroup_limits(const struct context *context, bool all, struct text *ret);

/* Looking. */
int cgroup_show(const struct context *context, const struct words *words, struct text *ret,
		struct error *err);
int cgroup_stat(const struct context *context, const struct words *words, struct text *ret,
		struct error *err);
int cgroup_tree(const struct context *context, const struct words *words, struct text *ret,
		struct error *err);
