/* Ending what is left of process trees. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Kill (SIGKILL) and reap every child process of this process but those in spare, again and again
 * until there is no other: what they leave behind comes to a subreaper. */
void orphans_end(const pid_t *spare, size_t count);

/* Reap those that have ended by themselves, up to one of spare. Only while nobody else waits for a
 * child process. */
void orphans_reap(const pid_t *spare, size_t count);
