/* What a process was short of when one of its calls failed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/causes/room.h"

/* What was short, as far as it could be read when a call failed. */
struct strait {
	int resource;         /* the limit that this errno of this call can be about, RLIMIT_* of getrlimit(2); -1: none */
	uint64_t limit, used; /* it, and what the process had of it then, where that can be read */
	bool stored;          /* the file system that it is about could be asked: */
	struct room room;     /* what it had left */
	uint64_t wanted;      /* and how many bytes the call takes whole or not at all; 0: any */
	bool pending;         /* its children go to another pid namespace than its own: pid_namespaces(7) */
	bool settled;         /* the map of ids that was written to has its lines already, or setgroups says deny */
	uint64_t longest, all; /* of execve(2): the bytes of its longest argument, and of all with the environment; 0: not asked */
};
