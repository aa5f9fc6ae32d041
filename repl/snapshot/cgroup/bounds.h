/* The limits that a process carries itself, as its files in /proc tell: proc(5). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* RLIMIT_CORE, RLIMIT_NOFILE or RLIMIT_NPROC of a process; RLIM_INFINITY for none. false where /proc does not tell,
 * and for other resources. */
bool bounds_rlimit(pid_t pid, int resource, uint64_t *soft, uint64_t *hard);

/* Its oom_score_adj, 0 where /proc does not tell. */
int bounds_oom(pid_t pid);
