/* A control group that refuses, and how to look at the groups around it. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "snapshot/cgroup/hierarchy.h"

struct facts;
struct op;
struct reading;

/* A refusal: the file that was written to or the folder to be made, and the group it is of. */
struct refusal {
	struct arena arena;
	const struct facts *facts;
	const struct reading *child;
	const struct op *op;
	int code;
	const char *path, *file, *group;
};

/* The first line of a group's file; "" where it cannot be read. In the arena, as all of these. */
const char *refusal_read(struct refusal *at, const char *folder, const char *file);

/* "sleep (pid 4711), sh (pid 4712) and 3 more"; "" where the group has no processes. */
const char *refusal_members(struct refusal *at, const char *folder);

/* The first group below folder for which accept says yes; NULL for none. */
const char *refusal_below(struct refusal *at, const char *folder,
			  bool (*accept)(struct refusal *at, const char *folder));

/* What accepts: any group, a threaded one. */
bool refusal_any(struct refusal *at, const char *folder);
bool refusal_threaded(struct refusal *at, const char *folder);

/* Whether the group lies in the hierarchy of version 2. */
bool refusal_is_v2(const struct refusal *at);

/* The highest group on the way to folder that has the controller and does not hand it down; NULL
 * where even the top lacks it. */
const char *refusal_gap(struct refusal *at, const char *folder, enum controller controller);
