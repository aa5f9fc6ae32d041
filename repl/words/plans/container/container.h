/* words/plans/container: the parts of a container: root, layers, devices, volumes, walls.
 * May include: words/plans/mount words/plans/privilege words/language snapshot ops image base.
 * Never: is a word.
 * Begin at: container.h. */
/* Parts of plans that a container is put together from, beyond those of build.h. Everything here
 * is planned for a process that starts in the host's namespaces and has not pivoted yet: paths
 * are the host's. */
#pragma once

#include "words/plans/plans.h"
#include "words/plans/container/image.h"

struct nobodys;

/* ---- roots ---- */

/* A root file system to be seen at a folder. init may be NULL. base is an empty folder (on a
 * tmpfs) for the writable layer. Paths are absolute and clean. */
struct root {
	const struct root_image *image; /* the read-only layers */
	const char *init;  /* a layer above it: files that are a container's own */
	const char *base;
	const char *at;    /* made, below base or elsewhere */
	const struct nobodys *ids; /* whose the layers' files are to be; NULL: ids are what they are */
	bool copied;       /* they are copies therefore: set by plan_root() */
	bool restored;     /* an ordinary user's, with the owners that an image of the store records */
	const char *uid_map, *gid_map; /* of who makes it, as in /proc; NULL: ids are what they are */
};

/* Whether the image has the folders /proc, /dev and /sys. Without a union it is shown read-only, and none can
 * be made. -1 with err. */
int check_mount_points(const struct context *context, const struct root_image *image, struct error *err);

/* Whether the kernel lets overlay be mounted: by root always, in a user namespace since 5.11. */
bool may_overlay(const struct context *context, bool userns);

/* Make base/upper and base/work and mount the union of writable layer, init and image at the
 * root; where overlay may not be mounted, bind the image there read-only, and init is left out:
 * -1 with err then for one of several layers. */
int plan_root(const struct context *context, struct plan *plan, struct root *root,
	      bool userns, struct error *err);

/* The folder at, in a layer above the image's, with the mode, owner and attributes that the image's
 * folder path ("etc", "" for its root) has: a union shows those of the uppermost. 0755 and root's
 * where the image has no such folder. */
void plan_folder_as(const struct root *root, struct plan *plan, const char *at, const char *path);

/* mkdir(path, mode), which may be there already. */
void plan_folder(struct plan *plan, const char *path, uint64_t mode);

/* A file with this text; it must not be a link. */
void plan_text(struct plan *plan, const char *path, const char *text);

/* ---- ids that are nobody's on the host ---- */

enum { MAPPED_IDS = 65536 };

/* The first of MAPPED_IDS of users and of groups, which are what 0 and on are in the container. */
struct nobodys {
	unsigned long uid, gid;
};

/* Ids of root's own ranges in subuid(5) and subgid(5), or else others; such as no other line of these,
 * passwd(5) and group(5), no process and no other session has. They are claimed from other sessions.
 * -1 with err. */
int find_nobodys_ids(const struct context *context, struct nobodys *ret, struct error *err);

/* Attach a copy of the host's mounts at source to the child's folder or file at. Whether idmap, its
 * files belong to the ids of the child's user namespace that are called as they are on the host.
 * how: BIND_READ_ONLY, BIND_VOLUME. */
void plan_host_tree(const struct context *context, struct plan *plan, const char *source, const char *at,
		    unsigned how, bool idmap);

/* ---- the file systems that a program expects ---- */

/* What the container's parts have to know of each other. */
struct box {
	const struct context *context; /* as a process of the host sees the world */
	const struct root_image *image;     /* the image */
	const char *root;              /* the container's /, a folder on the host */
	bool userns;                   /* in another user namespace than the initial one */
	bool mapped;                   /* and its ids are nobody's on the host: */
	struct nobodys ids;
	const char **unmapped;         /* set to the volumes whose ids are not mapped, printable */
	const char *base;              /* a folder in memory: all that is not the image's */
	const char *address;           /* its own in a network, or NULL */
	const char *hosts, *resolv;    /* lines that its hosts(5) has besides; its resolv.conf(5), or NULL */
	bool net;                      /* a network namespace of its own */
	bool connected;                /* and more than lo in it */
	bool cgroup;                   /* a cgroup namespace of its own */
	bool overlay;                  /* a union as the root */
};

/* Make the layer root->init: hosts, hostname and resolv.conf in /etc, or where a link of the image's
 * leads that is called so, and the mount points that the image lacks. Returns that folder, without a
 * slash before it; NULL where the image has something else there: then there are no such files. */
const char *plan_init_layer(const struct box *box, const struct root *root, struct plan *plan,
			    const char *hostname);

/* What its /etc/hosts says, whoever else is in its network: hosts(5). */
const char *box_hosts(const struct box *box, struct arena *arena, const char *hostname);

/* /proc; /dev with its nodes, devpts, shm, mqueue; /sys. */
void plan_proc(const struct box *box, struct plan *plan);
void plan_dev(const struct box *box, struct plan *plan);
void plan_sys(const struct box *box, struct plan *plan);

/* ---- volumes ---- */

/* The volumes of the flags --volume, [SRC:]DST[:ro] with a backslash before a colon that belongs to
 * a path, and those that the image asks for. A SRC without a slash is a volume of the store, made
 * where it is missing; no SRC a fresh one, which goes with the container where --rm was given. An
 * empty volume begins with what the image has in its place. Bound with nosuid and nodev. *leaves:
 * a fresh one stays. -1 with err. */
int plan_volumes(const struct box *box, struct plan *plan, const struct words *words, bool *leaves,
		 struct error *err);

/* How far a --volume reaches: a fresh one that goes with its container no further than the child, other
 * volumes the store, a folder the host. */
enum extent volume_reach(const struct words *words, const char *value);

/* Whether one of them is of the store: what NEEDS_VOLUMES is for. */
bool volumes_need_store(const struct words *words);
