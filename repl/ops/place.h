/* Where an op's path leads. As the process itself sees it; or, inside, below a root that the process
 * is about to make its own and that somebody else has filled: base/file/inroot.h. The descriptor of that
 * root is held from OP_root until pivot_root(2). */
#pragma once

#include <stdbool.h>

struct op_stage;

/* What is held: root, and the folder that the last name was looked up in, by its path below root, so
 * that the next name in it costs no call. -1 where there is none. */
struct held {
	int root, folder;
	char path[256];
};

/* Hold another root (taken), or none: -1. */
void place_hold(struct held *place, int root);

/* A mount has come or gone: the folder may be another one now. */
void place_changed(const struct op_stage *stage);

/* The folder that path's last part, *name, lies in: AT_FDCWD and the whole path where it is not
 * inside. It belongs to the stage. -1 with errno; EBADF when no root is held. */
int place_parent(const struct op_stage *stage, bool inside, const char *path, const char **name);

/* Open path. Descriptor or -1. */
int place_open(const struct op_stage *stage, bool inside, const char *path, int flags);

/* Whether the working directory is outside the root: a path through /proc/PID/fd or cwd may lead to
 * what no path of this root does. Then errno is EXDEV. getcwd(2) begins with "(unreachable)" there. */
bool place_is_outside(void);
