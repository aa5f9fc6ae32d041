/* What the cgroups of a process allow it, read from the groups' files. */
#pragma once

#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

#define NO_LIMIT UINT64_MAX

/* One controller's side. folder is "" where the group cannot be seen; most and now are NO_LIMIT
 * where there is no limit, and where the file is not there. */
struct limit {
	char folder[512];
	const char *path; /* as /proc/PID/cgroup says it, borrowed from the reading */
	bool own;         /* not the group that the shell is in */
	uint64_t most, now;
};

/* The group of a process in the hierarchy of a controller, as /proc/PID/cgroup says it; borrowed
 * from the reading. NULL where there is none. */
const char *cgroup_of(const struct reading *reading, const struct cgroup_place *place,
		      enum controller controller);

struct limits {
	struct limit cpu; /* most: microseconds in a period; now: unused */
	uint64_t period;  /* microseconds */
	struct limit memory, pids; /* bytes; processes */
};

/* Read the groups that child is in; host is the shell's own reading. What cannot be read is said
 * to have no limit. cgroups(7). */
void limits_take(const struct facts *facts, const struct reading *child,
		 const struct reading *host, struct limits *ret);
