/* What a process was short of when one of its calls failed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/causes/room.h"

/* What a process asked for in capset(2) or PR_CAP_AMBIENT_RAISE, and what it had then: bits by the numbers of capabilities. */
struct asked_sets {
	bool known;
	bool anothers; /* it was about another process */
	uint64_t effective, permitted, inheritable; /* wanted; of prctl(2) inheritable is the one that is to be ambient */
	uint64_t had_permitted, had_inheritable, bounding;
};

/* What was short, as far as it could be read when a call failed. */
struct strait {
	int resource;         /* the limit that this errno of this call can be about, RLIMIT_* of getrlimit(2); -1: none */
	uint64_t limit, used; /* it, and what the process had of it then, where that can be read */
	bool stored;          /* the file system that it is about could be asked: */
	struct room room;     /* what it had left */
	uint64_t wanted;      /* and how many bytes the call takes whole or not at all; 0: any */
	bool pending;         /* its children go to another pid namespace than its own: pid_namespaces(7) */
	struct asked_sets sets;
	bool settled;         /* the map of ids that was written to has its lines already, or setgroups says deny */
	uint64_t longest, all; /* of execve(2): the bytes of its longest argument, and of all with the environment; 0: not asked */
};
