/* Where an op that makes several files has stopped, and what the file system had left then: what it made is taken
 * back, and whoever looks later finds more. Said in its outcome. */
#pragma once

#include <stdbool.h>

struct op_outcome;

/* path: of what could not be made, below the folder that the op is about, "" for that itself; it may be cut, or its name
 * made visible. short_of: of ENOSPC, when bytes and inodes are what this user had left. */
struct stopped {
	const char *path; /* in the outcome */
	bool short_of;
	unsigned long long bytes, inodes;
};

/* Say it, by the errno that is set, which stays; fd: open in the file system, -1: what is left is not known. */
void stopped_say(int fd, const char *path, struct op_outcome *outcome);

/* false where the outcome does not say it: it failed before. */
bool stopped_read(const struct op_outcome *outcome, struct stopped *ret);
