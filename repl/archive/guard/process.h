/* The processes of the reader of archives: each has its own piece of work, and one socket to its overseer. */
#pragma once

#include <sys/types.h>

struct error;

/* A process of its own, with one end of a pair of sockets, and *keep where that is not -1. Returns the
 * pid, 0 in the child; -1 with err. */
pid_t process_start(int *socket, int *keep, struct error *err);

/* In the child: report err where it has failed, and exit. Everything it says has been said by then. */
_Noreturn void process_end(int failed, const struct error *err);

/* Wait for its end. 0, or 1 when the process ended badly: it, or this, has said how. whose begins the
 * sentence. */
int process_reap(pid_t pid, const char *whose);
