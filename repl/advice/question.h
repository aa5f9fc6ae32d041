/* One question after another, until one answers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "advice/seen/failure.h"
#include "base/causes/causes.h"
#include "snapshot/snapshot.h"

struct error;
struct refusal;

/* Looks at the state. true: it has given err its cause, the evidence and the way out. */
typedef bool question(const struct failure *at, struct error *err);

/* Ask each of list, which NULL ends. An answer whose premise does not hold is none. */
bool ask(question *const list[], const struct failure *at, struct error *err);

/* Whether this can be the cause in this state at all: what errno, whose namespaces, with which capabilities. */
bool premise_holds(const struct failure *at, enum cause_id cause);

/* The questions on one subject each; of an op of another kind they know nothing. advise_userns is what is left to say of a
 * user namespace when none has answered: the row of the errno is about the other types. */
question advise_capability, advise_cgroup, advise_copy, advise_exec, advise_file, advise_filter, advise_fork, advise_fuse, advise_fuse_file, advise_idmap, advise_kernel, advise_map, advise_landlock, advise_lsm,
	advise_mount, advise_network, advise_options, advise_outer, advise_overlay, advise_owner, advise_path, advise_pivot, advise_remount, advise_setns, advise_umount, advise_unshare, advise_userns, advise_value;

/* Whose a control group is: asked last of those about groups. */
bool ask_delegation(struct refusal *at, struct error *err);

/* What /proc/PID/attr/current says, as the security module's part in a refusal; false where none is. */
bool lsm_tell(const char *current, struct error *err);

/* The cause that the errno alone proves, where it means one thing; else err stays. */
void cause_by_errno(const struct failure *at, struct error *err);

/* Whether the child has a namespace of its own, and a capability in its user namespace. */
bool has_own(const struct failure *at, enum ns_link link);
bool has_cap(const struct failure *at, int cap);
