/* Parts of plans: control groups and their limits. What commands and containers ask for is the
 * same, so both are put together from here. */
#pragma once

#include "snapshot/cgroup/knobs.h"
#include "words/plans/plans.h"

/* ---- limits ---- */

enum { LIMITS_MOST = 64 };

/* Limits in the order in which they are to be written; values in the form of snapshot/knobs.h,
 * in the plan's arena. A value of NULL asks for the group alone. Zero-initialised is none. */
struct limits_wanted {
	struct { enum knob_id knob; const char *value; unsigned flags; } list[LIMITS_MOST];
	size_t count;
	const char *reading; /* the text that is being read: when a reader fails, the one at fault */
};

/* The value wanted for a knob, the first of several; NULL for none. */
const char *limit_wanted(const struct limits_wanted *wanted, enum knob_id knob);

/* Each adds a limit to ret; -1 with err for a value that is not valid.
 *
 * QUOTA: microseconds, "20%", "1.5cpus", "max", and "-1", which says "max" on v1. period NULL:
 * 100000. */
int parse_cpu(struct plan *plan, const char *quota, const char *period,
	      struct limits_wanted *ret, struct error *err);
/* 1 to 10000, and microseconds. */
int parse_weight(struct plan *plan, const char *weight, struct limits_wanted *ret,
		 struct error *err);
int parse_burst(struct plan *plan, const char *burst, struct limits_wanted *ret,
		struct error *err);
/* "on" or "off". */
int parse_idle(struct plan *plan, const char *word, struct limits_wanted *ret, struct error *err);
/* Bytes, with K, M, G or T (of 1024), or "max". swap is what may be on disk in addition; NULL: nothing,
 * where size is a limit. Either may be NULL, but v1 has no limit for swap alone. */
int parse_memory(struct plan *plan, const char *size, const char *swap,
		 struct limits_wanted *ret, struct error *err);
int parse_high(struct plan *plan, const char *size, struct limits_wanted *ret, struct error *err);
int parse_pids(struct plan *plan, const char *number, struct limits_wanted *ret,
	       struct error *err);
/* device: the path of a block device of the host or MAJ:MIN, NULL where settings are for none;
 * settings: rbps=, wbps= (sizes), riops=, wiops= (numbers), each perhaps "max", and weight=. */
int parse_io(const struct context *context, struct plan *plan, const char *device,
	     const char *const *settings, size_t count, struct limits_wanted *ret, struct error *err);
/* Lists such as 0-1,4, held against those that the groups may have. mems NULL: as the group
 * above, which v1 wants to be told. */
int parse_cpuset(const struct context *context, struct plan *plan, const char *cpus,
		 const char *mems, struct limits_wanted *ret, struct error *err);

/* Each limit by both names: "cpu.shares 2048 on cgroup v1 is cpu.weight 200 on v2". */
const char *limits_by_both_names(struct plan *plan, const struct limits_wanted *wanted);

/* Where v1 counts CPU time in a hierarchy of its own, a limit on it asks for a group there as well:
 * without one nobody could say what is used. */
void account_for(const struct facts *facts, struct limits_wanted *wanted);

/* number in digits, in the plan's arena. */
const char *limit_number(struct plan *plan, uint64_t number);

/* One more limit; -1 with err when there are too many. */
int want_limit(struct limits_wanted *ret, enum knob_id knob, const char *value, unsigned flags,
	       struct error *err);

/* Whether any hierarchy with limits is mounted: 0, or -1 with err. */
int check_cgroups(const struct facts *facts, struct error *err);

/* Whether groups with a limit of this controller can be made: 0, or -1 with err, which says the ways
 * to have them. */
int check_place(const struct facts *facts, enum controller controller, struct error *err);

/* The same for a limit that nobody asked for, which is no reason to move others' processes. */
int check_default_limit(const struct context *context, struct plan *plan, enum controller controller,
			struct error *err);

/* ---- groups ---- */

/* Make the control groups called name for what is wanted, one a hierarchy, and write the limits.
 * To be planned before the clone. name NULL: the groups that the child is in, if they are the
 * session's, or else groups called like the session. context->facts must know the cgroups. -1
 * with err where they are not ours to make. */
int plan_groups(const struct context *context, struct plan *plan, const char *name,
		const struct limits_wanted *wanted, struct error *err);

/* Let the child join them where it is not in them. clone: it was started right in its group on
 * v2. name NULL: as above, and what the child has started moves with it. */
void plan_join_groups(const struct context *context, struct plan *plan, const char *name,
		      const struct limits_wanted *wanted, bool clone);

/* In the plan's arena: the folder of the group called name on v2, for the clone; NULL where none
 * of what is wanted is on v2. */
const char *group_to_clone_into(const struct context *context, struct plan *plan,
				const char *name, const struct limits_wanted *wanted);

/* ---- the child's groups ---- */

/* The folder of the child's group in the hierarchy of a controller, in the plan's arena, if it is
 * one of the session's; NULL otherwise. */
const char *own_group(const struct context *context, struct plan *plan,
		      enum controller controller);

/* Whether an earlier controller has the same hierarchy: all of v2 is one. */
bool shares_hierarchy(const struct facts *facts, enum controller controller);

/* The child joins a group by its file ("tasks" or "cgroup.procs"), and what it has started is
 * moved there. */
void plan_join(const struct context *context, struct plan *plan, const char *file);

/* The shell writes a value to a file of a group. before: what undo writes, or NULL. */
void plan_write(struct plan *plan, const char *folder, const char *file, const char *value,
		const char *before, unsigned flags);
