/* Parts of plans: capabilities. Bit N of a set is capability number N (ops/capability.h). */
#pragma once

#include "words/plans/plans.h"

/* Over what a capability counts: which namespace's owner has to be the process's user namespace
 * (or one above it). */
enum scope {
	OVER_FILES,     /* files whose owner and group the user namespace maps */
	OVER_PROCESSES, /* processes and their ids in the user namespace */
	OVER_NAMESPACES, /* mounts, names and the rest of the namespaces that the user namespace owns */
	OVER_NETWORK,   /* the network namespace */
	OVER_MACHINE,   /* the machine: the initial user namespace alone */
	SCOPES
};

/* One capability: its name without CAP_, and what it allows in a line. */
struct capability {
	const char *name;
	enum scope over;
	const char *allows;
};

enum { CAPABILITIES = 41 };
extern const struct capability capabilities[CAPABILITIES];

/* What docker gives a container, and what Stave's does: the same without mknod, net_raw and
 * audit_write. */
extern const uint64_t capabilities_docker, capabilities_container;

/* The set that a word names: chown, cap_chown, CAP_CHOWN, all. -1 with err, column being the
 * word's. */
int parse_capability(const char *command, const char *word, int column, uint64_t *ret,
		     struct error *err);

/* Leave only what is in keep, in all five sets: the bounding set first, because that takes
 * CAP_SETPCAP. effective and permitted are both set to keep, inheritable and with it ambient are
 * emptied. */
void plan_keep_caps(struct plan *plan, uint64_t keep);

void plan_drop_bounding(struct plan *plan, uint64_t set);
void plan_capset(struct plan *plan, uint64_t effective, uint64_t permitted,
		 uint64_t inheritable);
