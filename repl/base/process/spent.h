/* The CPU time that a process has used, as the kernel compares it with RLIMIT_CPU. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* In microseconds; also of one that has ended, until its parent has collected its status. Its children's is not among it. -1 where it
 * cannot be read. clock_getres(2), "CLOCK_PROCESS_CPUTIME_ID"; getrlimit(2). */
int64_t process_spent(pid_t pid);
