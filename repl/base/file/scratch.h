/* Fresh folders for what is being made, each with a lock on it: what nobody holds the lock of any more
 * was left by a crash. flock(2). */
#pragma once

#include <stddef.h>

/* A fresh folder (mode 0700) in folder, its path into ret. Returns its descriptor, which holds its lock;
 * -1 with errno. */
int scratch_fresh(const char *folder, char *ret, size_t size);

/* Remove what is in folder and belongs to nobody any more, by what takes a tree away: remove_tree() or its
 * like. How many entries. */
size_t scratch_clear(const char *path, int (*take)(int dirfd, const char *name));
