/* A copy of a tree of files whose owners have other numbers: what an idmapped mount shows, made for good.
 * mount_setattr(2), "ID-mapped mounts". Or of its contents alone, as cp -a copies them. */
#pragma once

#include <stdint.h>

#include "base/file/attributes.h"

struct text;

struct shifted {
	uint64_t entries, bytes;
	struct text *failed; /* the path below from and to where it failed is appended ("" for these themselves); NULL: to nothing */
};

/* Copy what is in the folder from to the empty folder to, and what from itself is said about: modes,
 * owners, times, devices, links of both kinds, holes; of the extended attributes user.*, access control
 * lists, and file capabilities, which hold in the copy where its user 0 is root: capabilities(7),
 * "Namespaced file capabilities". Of contents devices and sockets are left out, and what has an owner that this user
 * namespace does not map is the caller's, without setuid and setgid bits. However deep the tree is, it takes few
 * descriptors and no stack. Adds to *ret. 0, or -1 with errno set: what is in to then is a part of it; EINTR where the person wants it
 * ended, base/await.h. */
int shift_tree(int from, int to, const struct shift *shift, struct shifted *ret);
