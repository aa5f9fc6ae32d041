/* An op that failed, to be looked at. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct facts;
struct op;
struct op_outcome;
struct plan;
struct reading;

/* An op that failed, and the state in which it did. Nothing of it is kept. */
struct failure {
	const struct op *op;
	const struct op_outcome *outcome;
	const struct facts *facts;
	const struct reading *host;  /* the shell's own */
	const struct reading *child; /* after the failure; the host's where there is none to read */
	const struct plan *const *plans; /* of the child's steps in their order, the op's own last; NULL: none are known */
	size_t plan_count, made;         /* and how many ops of the last one were made before the op */
	bool on_host;                /* the shell made the call, about what is the host's */
	bool own;                    /* about a file of the host's: child is a reading of the shell then, and pid its number */
	pid_t pid;                   /* the child's, to look at the files that it sees; 0: there is none */
};
