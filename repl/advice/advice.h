/* advice: what a failed op means here: the one cause, and what to type.
 * May include: ops snapshot walls base.
 * Never: changes anything, knows a session, a step or a word.
 * Begin at: advice.c, the list of what is looked at. Add a cause: one function there. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct facts;
struct op;
struct op_outcome;
struct reading;

/* An op that failed, and the state in which it did. Nothing of it is kept. */
struct failure {
	const struct op *op;
	const struct op_outcome *outcome;
	const struct facts *facts;
	const struct reading *host;  /* the shell's own */
	const struct reading *child; /* after the failure; the host's where there is none to read */
	pid_t pid;                   /* the child's, to look at the files that it sees; 0: there is none */
};

/* Fill err: the call, the errno, the one cause that the state of the system shows where it can be
 * found by looking, else what the table says, and what to type. */
void advise(const struct failure *at, struct error *err);

/* The same for an op on control groups: the level, process or group in the way. false, with err
 * as it was, when nothing was found or op is of another kind. */
bool advise_cgroup(const struct failure *failure, struct error *err);

/* The same for a namespace: of setns, why it cannot be joined; of what changes one, whose it is. */
bool advise_setns(const struct failure *failure, struct error *err);
bool advise_owner(const struct failure *failure, struct error *err);

/* The same for a map that newuidmap(1) or newgidmap(1) refused: what they lack. */
bool advise_idmap(const struct failure *failure, struct error *err);
