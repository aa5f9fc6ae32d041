/* What could stand at the cursor: a list of words. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* One candidate: what is typed, and what more is shown of it (a process's command); note may be
 * NULL. more: a folder, whose name goes on. */
struct candidate {
	const char *word, *note;
	bool more;
};

struct candidates {
	struct arena arena;
	struct candidate *list;
	size_t count, room;
};

/* Append one. No more than 5000 are kept. */
void candidates_add(struct candidates *candidates, const char *word, const char *note, bool more);

/* Numbers by their size, all else by its letters; each once. */
void candidates_sort(struct candidates *candidates);

void candidates_done(struct candidates *candidates);
