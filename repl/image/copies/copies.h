/* image/copies: copies of layers whose files belong to the ids of containers with --userns.
 * May include: ops base.
 * Never: reads a record of an image.
 * Begin at: copies.h. */
/* copies/NAME.UID.GID in the store, NAME being that of the layer's folder, UID and GID what user and group
 * 0 of the layer are in the copy. They go with their layer. */
#pragma once

#include <stddef.h>

struct arena;

/* Where the copy of the layer at folder has its place, there or not, and in *scratch the folder in which
 * it is to be made; in arena. NULL where the folder is not below store. */
const char *layer_copy_place(const char *store, const char *folder, unsigned long uid, unsigned long gid,
			     struct arena *arena, const char **scratch);

/* How many copies the store has of the layer at folder. -1 with errno where that cannot be read. */
int layer_copies_count(const char *path, const char *folder);

/* Under the store's lock: remove the copies of layers that are gone. How many. */
size_t layer_copies_sweep(int store);
