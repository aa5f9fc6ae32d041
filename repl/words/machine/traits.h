/* What one process has, wall by wall, as texts that can be held against another's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct context;
struct reading;

/* A value is fit to print and the same for the same thing, whatever ids and pids the kernel has given.
 * code: the errno for which it could not be looked at; value is "" then. list: words with a blank between,
 * of which a difference is told alone. */
struct trait {
	const char *wall, *name; /* "capabilities", "bounding" */
	const char *value;
	int code;
	bool list;
};

struct traits {
	struct arena arena;
	struct trait *list;
	size_t count, room;
};

/* All that can be read of the process from outside. */
void traits_take(const struct context *context, const struct reading *reading, struct traits *ret);
void traits_done(struct traits *traits);
#define cleanup_traits __attribute__((cleanup(traits_done)))

/* That of this name; NULL where the process has none. */
const struct trait *traits_find(const struct traits *traits, const char *wall, const char *name);
