/* A call of a program that was refused, and the answer to why. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/causes/causes.h"
#include "walls/walls.h"

struct eyes;
struct facts;
struct mount;
struct reading;
struct strait;
struct text;

/* A call of a program that ended in an error, and the state in which it did. */
struct refused {
	int number, code;     /* of this architecture; an errno */
	const uint64_t *args; /* six, as the kernel saw them */
	const char *path;     /* that it was about, as the program wrote it; NULL: none */
	const char *written;  /* the line that it wrote to a file of a control group; NULL: it did not */
	const char *others[3]; /* of a call that does what a primitive does: its other strings in their order, NULL for none */
	bool here;            /* who called had the child's files and user namespace */
	uint64_t caps;        /* effective set of who called */
	bool known_ids;       /* the file system ids of who called are known: */
	uint32_t uid, gid;    /* as the host sees them */
	const char *filter;   /* the policy whose filter answered with this errno; NULL: none did */
	const struct strait *strait; /* what was short then; NULL: nothing */
	const char *landlock; /* the rules of Landlock's that refuse it; NULL: none do */
	const char *group;    /* the control group that refused forks while the program ran; NULL: none did */
	uint64_t group_most, group_refused; /* its pids.max, and how many of them pids.events counts */
	uint64_t storage; /* bytes of the writable layer of its container; 0: it has none, or none were said */
	const struct reading *child, *host;
	const struct facts *facts;
	const struct eyes *eyes; /* NULL: the real ones */
};

struct verdict {
	const char *wall;  /* its name in the table of walls ("seccomp", "capabilities", "mnt"); NULL: it was none of the child's */
	const char *cause; /* an id of base/causes; NULL: nothing is known, and the errno means what the call's man page says */
	struct text *why;  /* how it is known: a sentence, appended */
	struct text *fix;  /* what to type, appended where there is something */
};

/* The verdict: the wall (WALLS: none of the child's) and the cause. Returns true. */
bool blame(struct verdict *ret, enum wall_id wall, enum cause_id cause);

/* The mount of the child's that the path is on; NULL where that is not known. */
const struct mount *refused_mount(const struct refused *at);
