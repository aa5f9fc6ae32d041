/* What the line of /proc/PID/stat says: proc_pid_stat(5). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* pid and start together say which process it is: the kernel reuses numbers. */
struct process_stat {
	pid_t pid, parent;
	char state;
	char comm[64];  /* as read, not visible */
	uint64_t ticks; /* of CPU time, in user and kernel mode: sysconf(_SC_CLK_TCK) a second */
	uint64_t start; /* ticks after the start of the machine */
	uint64_t pages; /* of memory that it has now */
};

/* Parse the text of the file. False, ret untouched, where it is none. */
bool process_stat_parse(const char *text, struct process_stat *ret);

/* Read that of process name ("4711", "self") of an open folder /proc. 0, or -1 with errno set:
 * ESRCH or ENOENT when it is gone. */
int process_stat_read(int proc, const char *name, struct process_stat *ret);

/* The same by number; all of it is 0 where the process is gone. */
struct process_stat process_stat(pid_t pid);

/* "stopped" for 'T': the word for a state, "?" for one that is none. */
const char *process_state(char state);
