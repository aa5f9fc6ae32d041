/* What processes have used so far. proc_pid_stat(5). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* pid and start together say which process it is: the kernel reuses numbers. */
struct usage {
	pid_t pid, parent;
	char state;
	char comm[64];     /* as read, not visible */
	uint64_t ticks;    /* of CPU time, in user and kernel mode: sysconf(_SC_CLK_TCK) a second */
	uint64_t start;    /* ticks after the start of the machine */
	uint64_t resident; /* bytes of memory */
};

/* Parse the text of a /proc/PID/stat. False, ret untouched, where it is none. */
bool usage_parse(const char *text, struct usage *ret);

/* Read that of process name ("4711", "self") of an open folder /proc. 0, or -1 with errno set:
 * ESRCH or ENOENT when it is gone. */
int usage_read(int proc, const char *name, struct usage *ret);

/* What all CPUs together have done, in ticks. */
struct busy {
	uint64_t busy, idle;
};

/* Parse the text of /proc/stat. false, ret untouched, where it says nothing about that. proc_stat(5). */
bool busy_parse(const char *text, struct busy *ret);
bool busy_read(struct busy *ret);

/* The list is the caller's, by number. */
struct usages {
	struct usage *list;
	size_t count, room;
};

/* Read process top and its descendants. Returns 0, with an empty list when top is gone, or -1 with
 * errno set where the folder cannot be read. */
int usages_take(int proc, pid_t top, struct usages *ret);
void usages_done(struct usages *usages);

/* The same process in another list; NULL when it is not there. */
const struct usage *usages_find(const struct usages *usages, const struct usage *process);
