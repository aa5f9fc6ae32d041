/* Waiting for a descriptor or a process, with an end: a deadline, or a signal that the person
 * sent. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { AWAIT_FOREVER = -1 };

/* Milliseconds of clock_now(). */
int64_t clock_ms(void);

/* When ms from now are over, for await_readable(); AWAIT_FOREVER stays what it is. */
int64_t await_until(int ms);

/* What every later wait of this process asks whether the person wants it ended (Ctrl-C, SIGTERM).
 * NULL, as at the start: nobody does. */
void await_heed(bool (*interrupted)(void));

/* Whether somebody does now: for loops that go on after EINTR. */
bool await_interrupted(void);

/* Wait until fd is readable or at its end: 0. -1 with errno ETIMEDOUT at the deadline, which is of
 * await_until(), or EINTR when the wait was interrupted and a second more brought nothing: what is
 * about to come is not thrown away for a key. */
int await_readable(int fd, int64_t deadline);

/* flock(2), which waits for ms at most. 0, or -1 with errno: ETIMEDOUT, EINTR or flock's own. */
int await_lock(int fd, int operation, int ms);

/* Wait for a child of this process to end: 0 and waitpid(2)'s status. At the end of ms (-1: none),
 * or when the wait is interrupted, it is killed; -1 with errno ETIMEDOUT or EINTR then, and when
 * even that does not end it within a second it is left behind. ECHILD: it is none. */
int await_exit(pid_t pid, int ms, int *status);

/* The same of the leader of a process group: who is left of the group ends with it. */
int await_group(pid_t pid, int ms, int *status);
