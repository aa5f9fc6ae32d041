/* What a folder of an image holds, without mounting it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* One name. folder: it is one, or a link to one in its layer. hidden: a whiteout, which hides what has
 * its name below. */
struct image_entry {
	const char *name;
	bool folder, hidden;
};

struct image_entries {
	struct arena arena;
	struct image_entry *list;
	size_t count, room;
};

/* The names in the folder path ("" or "usr/bin/": from the image's root) of a stack of layers, folders
 * ended by NULL with the uppermost first, as overlay would show them: each once, nothing from below an
 * opaque folder. Links are followed in their layer alone; what cannot be read is left out. */
void image_entries(const char *const *layers, const char *path, struct image_entries *ret);
void image_entries_done(struct image_entries *entries);
