/* The control groups of one sandbox. */
#pragma once

#include <sys/types.h>

#include "session/experiment/experiment.h"

struct leaf {
	char path[4096];
	const struct ground *ground; /* in which it lies; NULL: nothing is limited in it */
	int procs;                   /* its list of processes, for who joins */
};

struct leaves {
	struct leaf list[CONTROLLERS];
	size_t count;
};

/* Make one in each of the grounds; where there are none, one where the shell's own group is this user's. 0, or -1 with
 * err. */
int leaves_make(const struct grounds *grounds, struct leaves *ret, struct error *err);

/* Open them for who joins, and give them to an owner. 0, or -1 with err. */
int leaves_open(struct leaves *leaves, uid_t owner, struct error *err);

/* Move this process there, and let what it sees of control groups begin there: cgroup_namespaces(7). 0, or -1 with err. */
int leaves_join(struct leaves *leaves, struct error *err);

/* Mount the hierarchies of the grounds, where the host has them. 0, or -1 with err. */
int leaves_mount(const struct leaves *leaves, struct error *err);

/* Remove them and those below, with what is in them. */
void leaves_remove(const struct leaves *leaves);
