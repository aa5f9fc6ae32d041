/* What could stand at the cursor. Knows nothing of readline. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

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

/* The candidates for the end of s[0..length), which is what stands before the cursor. pid: the
 * child, whose files and programs are meant; 0 for the host's. Foreign names are as they are:
 * the caller that shows them makes them visible. */
void complete(const char *s, size_t length, pid_t pid, struct candidates *ret);
void candidates_done(struct candidates *candidates);
