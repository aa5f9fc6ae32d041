/* How a tree of files looks to stat(2), as a digest: whether anything in it has changed is seen without reading it,
 * for who changes a file's content, its attributes or its names moves its ctime too: inode(7). */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "archive/digest.h"

struct looks {
	struct digest digest;
	struct timespec begun;
	dev_t device;
	bool begins;  /* nothing has been added */
	bool settled; /* whatever changes from now on looks different */
};

/* Begin now. way: in what way it is packed, which the digest depends on. */
void looks_begin(struct looks *looks, const char *way);

/* The next entry, the root first; path in the tree. Call it before the content is read: who writes meanwhile is seen
 * the next time. */
void looks_add(struct looks *looks, const char *path, const struct stat *st);
