/* Parts of plans: what a root file system is made of. */
#pragma once

#include "snapshot/union/overlay.h"
#include "words/plans/plans.h"

/* What IMAGE names. Strings live in the plan's arena; lists are ended by NULL. */
struct root_image {
	const struct eyes *eyes;    /* by which its files are looked at */
	const char *name;
	const char *const *folders; /* the read-only layers, the topmost first, on the host */
	enum overlay_dialect dialect; /* in which the store's layers are written for certain */
	bool embedded;              /* the root made of busybox: known without looking */
	bool stored;                /* an image of the store; the rest is NULL or "" for others */
	const char *record;         /* the file that is locked while the image is in use */
	const char *digest;         /* what it says */
	const char *const *env, *const *cmd, *const *entrypoint, *const *volumes;
	const char *workdir, *user;
};

/* An image of the store by its name or id, busybox (which is made here where the store has none, and
 * where name is NULL), or a folder (a path with "/", or ".", or what
 * the store does not know). -1 with err when it is none of them. */
int root_image_find(const struct context *context, struct plan *plan, const char *name,
	       struct root_image *ret, struct error *err);

/* Whether IMAGE may be the default root: what NEEDS_BUSYBOX is for. */
bool root_image_is_embedded(const char *name);

/* The layer's lock, for as long as the child is there: image rm refuses meanwhile. */
void plan_root_image(struct plan *plan, const struct root_image *image);

/* st_mode of what the image has at path, 0 for nothing. A link is not followed. */
unsigned root_image_mode(const struct root_image *image, const char *path);

/* Where path leads in the image when its links are followed, none out of it: without a slash at
 * either end, in arena. NULL where they lead around in a circle. */
const char *root_image_follow(const struct root_image *image, struct arena *arena, const char *path);

/* The list of s alone, ended by NULL, in arena; s stays the caller's. */
const char *const *list_of_one(struct arena *arena, const char *s);
