/* Which mount of one table is which of another. */
#pragma once

#include "snapshot/snapshot.h"

/* An order of mounts; those that compare equal may be each other. */
typedef int mount_order(const struct mount *a, const struct mount *b);

/* By the kernel's number, in one namespace; a number that came to another file system meanwhile
 * is another mount. */
mount_order mount_by_id;

/* By what it is: point, root, type and source. */
mount_order mount_by_meaning;

/* By its place alone: the lowest mount there with the lowest, and so on up. */
mount_order mount_by_point;

/* The partner of each mount, NULL for one that has none. */
struct pairs {
	const struct mount **of_before, **of_after;
};

/* Pair the mounts of two tables. Of several that are equal the first is paired with the first, so
 * the order of a stack is kept. */
void pairs_find(const struct mounts *before, const struct mounts *after, mount_order *order,
		struct pairs *ret);
void pairs_done(struct pairs *pairs);
