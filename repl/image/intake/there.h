/* The layers that the store has, for an import that need not unpack them once more. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct arena;

/* One that lies in the store, and how it looked: a folder that another shell has put in its place looks otherwise. */
struct there {
	const char *chain; /* its name: 64 digits */
	dev_t device;
	ino_t inode;
	struct timespec changed;
};

/* List those of the images that can be read; their blobs and names go into the file "known" of the folder made, for
 * stave-archive. No image is held. False, and no file, where there are none or they could not be listed. */
bool there_list(const char *made, struct arena *arena, struct there **ret, size_t *count);

/* Whether the layer in the folder, layers/sha256, is the one that was listed. */
bool there_still(const struct there *list, size_t count, int layers, const char *chain);
