/* Whether a program stands still until somebody sends SIGCONT. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* What a tracer sees of those it follows: to others they are all "traced". */
struct halts {
	volatile bool program; /* itself is stopped */
	volatile bool others;  /* all that descend from it are, and there are some */
};

/* Whether pid is stopped, or waits for its children (wait4(2), waitid(2), vfork(2)), which are, all of them. traced: what its
 * tracer says; NULL where it has none. */
bool process_halted(pid_t pid, const struct halts *traced);

/* The process that is stopped: pid, or one that descends from it. 0 where none is seen. */
pid_t process_stopped(pid_t pid);
