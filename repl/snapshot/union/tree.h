/* A folder as a process sees it, walked from outside: with its mounts, below its root, and with
 * what union file systems put there to hide what lies in lower layers. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "snapshot/union/overlay.h"

struct error;

enum tree_mark {
	TREE_PLAIN,
	TREE_WHITEOUT, /* overlay: character device 0:0, or an empty file with an xattr */
	TREE_WH_FILE,  /* aufs and archives: .wh.NAME */
	TREE_OPAQUE,   /* overlay: the folder has the xattr overlay.opaque=y */
	TREE_WH_OPAQUE, /* aufs and archives: .wh..wh..opq */
	TREE_KERNEL,   /* such a file system is mounted here, not walked: proc, sysfs, cgroup */
	TREE_UNREAD,   /* could not be opened: code says why */
};

struct tree_entry {
	const char *name;   /* as read, not visible; the top's is the path asked for */
	const char *target; /* of a symbolic link, otherwise NULL */
	mode_t mode;
	dev_t device;       /* of a device node */
	enum tree_mark mark;
	int code;           /* errno */
	bool mount;         /* another file system is mounted here */
	bool last;          /* of its folder */
	int depth;          /* 0 for the top */
	size_t left_out;    /* entries of this folder that are not listed */
};

struct tree {
	struct arena arena;
	struct tree_entry *list;
	size_t count, room;
};

/* How far a walk goes, and in whose dialect the marks are read. */
struct tree_limits {
	unsigned depth;
	size_t most;
	enum overlay_dialect dialect; /* of the unions that the process may mount */
};

/* Walk path (absolute, as process pid sees it) in the order of names, depth folders deep, until
 * most entries are listed; what is left out is counted in its folder. Returns 0, or -1 with err
 * filled where path itself cannot be opened. */
int tree_take(pid_t pid, const char *path, const struct tree_limits *limits, struct tree *ret,
	      struct error *err);
void tree_done(struct tree *tree);
