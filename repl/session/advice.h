/* What a failed op means here. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct error;
struct session;
struct step;

/* Fill err for op i of step, which failed on child pid: the call, the errno, the one cause that the
 * state of the system shows where it can be found by looking, else what the table says, and what
 * to type. */
void advise(const struct session *session, const struct step *step, size_t i, pid_t pid,
	    struct error *err);
