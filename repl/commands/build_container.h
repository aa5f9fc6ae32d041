/* Parts of plans that a container is put together from, beyond those of build.h. Everything here
 * is planned for a process that starts in the host's namespaces and has not pivoted yet: paths
 * are the host's. */
#pragma once

#include "commands/build.h"

/* ---- roots ---- */

/* A root file system to be seen at a folder. init may be NULL. base is an empty folder (on a
 * tmpfs) for the writable layer. Paths are absolute and clean. */
struct root {
	const char *image; /* the read-only layer */
	const char *init;  /* a layer above it: files that are a container's own */
	const char *base;
	const char *at;    /* made, below base or elsewhere */
};

/* Whether the kernel lets overlay be mounted: by root always, in a user namespace since 5.11. */
bool may_overlay(const struct context *context, bool userns);

/* The folder that "busybox" or a path names as an image, absolute; NULL with err where there is
 * none. */
const char *image_of(const struct context *context, struct plan *plan, const char *name,
		     struct error *err);

/* Make base/upper and base/work and mount the union of writable layer, init and image at the
 * root; where overlay may not be mounted, bind the image there read-only, and init is left out. */
void plan_root(const struct context *context, struct plan *plan, const struct root *root,
	       bool userns);

/* mkdir(path, mode), which may be there already. */
void plan_folder(struct plan *plan, const char *path, uint64_t mode);

/* A file with this text; it must not be a link. */
void plan_text(struct plan *plan, const char *path, const char *text);

/* ---- the file systems that a program expects ---- */

/* What the container's parts have to know of each other. */
struct box {
	const struct context *context; /* as a process of the host sees the world */
	const char *image, *root;      /* folders on the host: the image, the container's / */
	const char *scratch;           /* folder for anonymous volumes */
	bool userns;                   /* in another user namespace than the initial one */
	bool net;                      /* a network namespace of its own */
	bool overlay;                  /* a union as the root */
};

/* /proc; /dev with its nodes, devpts, shm, mqueue; /sys. */
void plan_proc(const struct box *box, struct plan *plan);
void plan_dev(const struct box *box, struct plan *plan);
void plan_sys(const struct box *box, struct plan *plan);

/* ---- volumes ---- */

/* The volumes of the flags --volume: [SRC:]DST[:ro], a backslash before a colon that belongs to a
 * path. Bound with nosuid and nodev. -1 with err. */
int plan_volumes(const struct box *box, struct plan *plan, const struct words *words,
		 struct error *err);

/* ---- limits ---- */

/* A value for a limit as both versions of cgroups say it; NULL: not limited. */
struct limits_wanted {
	const char *cpu_quota, *cpu_period; /* microseconds; quota "max" for none */
	const char *memory;                 /* bytes or "max" */
	const char *pids;                   /* a number or "max" */
};

/* Understand QUOTA: microseconds, "20%", "1.5cpus", "max", and "-1", which says "max" on v1. period
 * NULL: 100000. */
int parse_cpu(struct plan *plan, const char *quota, const char *period,
	      struct limits_wanted *ret, struct error *err);
/* Understand a size in bytes with K, M, G (of 1024) or "max", and a number of processes. */
int parse_memory(struct plan *plan, const char *size, struct limits_wanted *ret,
		 struct error *err);
int parse_pids(struct plan *plan, const char *number, struct limits_wanted *ret,
	       struct error *err);

/* Make the control groups called name for what is wanted, one a hierarchy, and write the limits.
 * To be planned before the clone. context->facts must know the cgroups. -1 with err where they
 * are not ours to make. */
int plan_groups(const struct context *context, struct plan *plan, const char *name,
		const struct limits_wanted *wanted, struct error *err);

/* Let the child join them. clone: it was started right in its group on v2. */
void plan_join_groups(const struct context *context, struct plan *plan, const char *name,
		      const struct limits_wanted *wanted, bool clone);

/* In the plan's arena: the folder of the group called name on v2, for the clone; NULL where none
 * of what is wanted is on v2. */
const char *group_to_clone_into(const struct context *context, struct plan *plan,
				const char *name, const struct limits_wanted *wanted);
