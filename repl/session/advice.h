/* What a failed op means here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;
struct op;
struct op_outcome;
struct session;
struct step;

/* Fill err for op i of step, which failed on child pid: the call, the errno, the one cause that the
 * state of the system shows where it can be found by looking, else what the table says, and what
 * to type. */
void advise(const struct session *session, const struct step *step, size_t i, pid_t pid,
	    struct error *err);

/* The same for an op on control groups: the level, process or group in the way. false, with err
 * as it was, when nothing was found or op is of another kind. */
bool advise_cgroup(const struct session *session, const struct op *op, int code, struct error *err);

/* The same for a map that newuidmap(1) or newgidmap(1) refused: what they lack. */
bool advise_idmap(const struct session *session, const struct op *op, const struct op_outcome *outcome,
		  struct error *err);
