/* The extended attributes of a file in a copy whose owners have other numbers: base/file/shift.h. */
#pragma once

#include <stdbool.h>

/* User n of the tree is uid + n in the copy, group n is gid + n, both below count; the others are
 * SHIFT_NOBODY there. */
struct shift {
	unsigned long uid, gid, count;
	bool recorded; /* owners are those that SHIFT_OWNER names, where both are below count: it is not copied then */
	bool contents; /* the ids stay as they are, and what the copy cannot have is left out: base/file/shift.h */
};
#define SHIFT_OWNER "user.stave.owner" /* "UID:GID", where the file could not be given to them */
enum { SHIFT_NOBODY = 65534 };

/* Give the file or folder to what from has of user.*, access control lists and capabilities, the ids in
 * them moved; of contents user.* alone, but for what overlay keeps there. 0, or -1 with errno set. */
int shift_attributes(int from, int to, const struct shift *shift);
