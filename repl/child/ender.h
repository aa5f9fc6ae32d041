/* Who sent a program the signal by which it ended, where this session did, or the kernel for a reason that can be seen. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

enum killed_by {
	KILLED_UNKNOWN,
	KILLED_BY_WORD,   /* kill */
	KILLED_BY_GROUP,  /* cgroup kill */
	KILLED_BY_KEY,    /* Ctrl-C, a second time */
	KILLED_STILL,     /* a stop signal held it where nobody could continue it */
	KILLED_WITH_INIT, /* the first process of a pid namespace that it had joined had ended: pid_namespaces(7) */
	KILLED_BY_LIMIT,  /* it had used the CPU time of RLIMIT_CPU: getrlimit(2) */
};

/* As --json has it; NULL for what is not known. */
const char *killed_by_name(enum killed_by by);

/* The seconds of RLIMIT_CPU by which a process that this signal has ended did: it had used as much CPU time (process_spent()).
 * -1: it ended otherwise. pid: its own, where it has not been collected yet, else that of its parent, from which it has the limit. */
int64_t limit_reached(pid_t pid, int signal, int64_t spent);
