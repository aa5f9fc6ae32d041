/* The layers of a union mount, as a process's mount table names them, and what each of them has at a
 * path: which gives the file, which it hides, and by what. Read from outside, folder by folder, by
 * the rules of overlay (Documentation/filesystems/overlayfs.rst). */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "snapshot/snapshot.h"
#include "snapshot/union/overlay.h"

struct eyes;
struct text;

/* After a pivot no path leads to a writable layer any more. folder() looks for a folder, path or one
 * above it, that process pid's world has handed out: a borrowed descriptor, *inside the rest of
 * path below it; -1 where there is none. where is its own. folder may be NULL. */
struct kept_folders {
	int (*folder)(const void *where, pid_t pid, const char *path, const char **inside);
	const void *where;
};

enum layer_kind { LAYER_READ_ONLY, LAYER_INIT, LAYER_WRITABLE };

/* How a layer's folder is reached. */
enum layer_way {
	LAYER_LOST,     /* not at all */
	LAYER_BY_CHILD, /* by its path in the process's own root */
	LAYER_BY_SHELL, /* by a descriptor that was handed out before the pivot */
	LAYER_BY_HOST,  /* by its path on the host */
};

struct layer {
	enum layer_kind kind;
	enum layer_way way;
	const char *folder; /* as it was named when the union was mounted */
	int base;           /* LAYER_BY_SHELL: borrowed, and inside is below it */
	const char *inside;
};

struct layers {
	struct arena arena;
	const struct eyes *eyes; /* by which the folders are looked at: borrowed; NULL: the real ones */
	pid_t pid;
	struct layer *list; /* the lowest first */
	size_t count;
	bool writable;      /* the last one is the writable one */
	enum overlay_dialect dialect; /* in which what the folders say is read */
};

/* The topmost union of reading's table that path (absolute, clean) lies in; NULL where it lies in
 * none. *inside: the rest of path below its mount point. */
const struct mount *layers_union(const struct mounts *mounts, const char *path,
				 const char **inside);

/* The layers of mount, an overlay in reading's table. -1 with err when the table does not name them. */
int layers_take(const struct eyes *eyes, const struct reading *reading, const struct mount *mount,
		const struct kept_folders *kept, struct layers *ret, struct error *err);
void layers_done(struct layers *layers);

/* Layers that are not mounted yet: folders of the host, the topmost first, ended by NULL, and the
 * dialect of the mount that they are for. The strings are borrowed. */
void layers_of(const struct eyes *eyes, const char *const *folders, enum overlay_dialect dialect, struct layers *ret);

/* What a union of them shows at inside, links not followed: the layer it comes from, or -1 where
 * there is nothing. */
int layers_stat(struct layers *layers, const char *inside, struct stat *ret);

/* Open inside below layer i's folder, which layer is a descriptor of. -1 with errno set. */
int layers_open_in(int layer, const char *inside, int flags);

/* Where path leads in a union of them when every link in it is followed, none out of the union: without
 * a slash at either end, in the arena of layers. What is not there is taken as it is written. NULL
 * with errno set (ELOOP for more links than the kernel follows). path_resolution(7). */
const char *layers_follow(struct layers *layers, const char *path);

/* Open it with open(2)'s flags; no part of inside may be a link. -1 with errno set. */
int layers_open(struct layers *layers, const char *inside, int flags);

/* A descriptor (O_PATH) of layer i's folder, -1 with errno set. */
int layer_open(const struct layers *layers, size_t i);

/* What hides a name in the layers below. */
enum hidden_by {
	HIDDEN_BY_NONE,
	HIDDEN_BY_WHITEOUT, /* a deletion */
	HIDDEN_BY_OPAQUE,   /* a folder that was deleted and made again */
	HIDDEN_BY_NAME,     /* something of the same name that is not merged with it */
};

enum sight_kind {
	SIGHT_NOTHING,  /* the layer has nothing of that name */
	SIGHT_GIVES,    /* the name is seen, and this is what is seen; a folder may have more than one */
	SIGHT_HIDES,    /* the layer has a whiteout of that name */
	SIGHT_HIDDEN,   /* it has the name, but another layer hides it */
	SIGHT_UNREAD,   /* cannot be looked into: code says why */
};

/* One layer's part in a name. */
struct sight {
	enum sight_kind kind;
	enum hidden_by hidden_by; /* SIGHT_HIDDEN: what hides it */
	size_t by;         /* and in which layer that is */
	bool above;        /* and whether it lies in a folder above the name */
	bool opaque;       /* a folder that hides what is below it */
	int code;
	struct stat st;    /* of what the layer has; st_mode 0 for nothing */
};

/* What each layer has at inside (a path below the union, "" for its top): count sights, on the heap
 * of layers->arena. Only layers below to are asked; layers->count for all. */
struct sight *layers_look(struct layers *layers, const char *inside, size_t to);

/* What is said about it in a few words, "branch 1, over branch 0"; "" where no layer has it. */
void layers_tell(const struct layers *layers, const struct sight *sights, struct text *ret);
