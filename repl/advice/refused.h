/* Why the kernel refused a system call of a program: the wall that said no. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct eyes;
struct reading;
struct text;

/* A call of a program that ended in an error, and the state in which it did. */
struct refused {
	int number, code;     /* of this architecture; an errno */
	const uint64_t *args; /* six, as the kernel saw them */
	const char *path;     /* that it was about, as the program wrote it; NULL: none */
	uint64_t caps;        /* effective set of who called */
	const char *filter;   /* the policy whose filter answered with this errno; NULL: none did */
	const char *landlock; /* the rules of Landlock's that refuse it; NULL: none do */
	const char *group;    /* the control group that refused forks while the program ran; NULL: none did */
	uint64_t group_most, group_refused; /* its pids.max, and how many of them pids.events counts */
	const struct reading *child, *host;
	const struct eyes *eyes; /* NULL: the real ones */
};

/* Ask one question after another until one answers. Returns the name of the wall in the table of walls
 * ("seccomp", "capabilities", "mnt", ...) and appends the cause with its evidence to why, a sentence;
 * NULL, and nothing appended, where no wall of the child's said no: then the errno means what the call's
 * man page says. */
const char *advise_refused(const struct refused *refused, struct text *why);
