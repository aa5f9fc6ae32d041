/* What to type next. */
#pragma once

#include <stdbool.h>

struct arena;
struct sides;

/* The line that comes next on the way to a container, true for this state: taken from the table of
 * walls and the child's mounts. root: the shell has the rights of root. It lives in arena. */
const char *next_line(const struct sides *sides, bool root, struct arena *arena);
