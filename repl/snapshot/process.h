/* The processes that a /proc lists, and how they descend from one another. */
#pragma once

#include "base/arena.h"
#include "snapshot/snapshot.h"

struct process {
	pid_t pid, parent;       /* as the /proc that was read has them */
	const pid_t *inside;     /* NSpid; inside[0] is pid */
	int levels;
	char state;
	uint32_t uid;        /* effective */
	char comm[64];       /* as read, not visible */
	const char *command; /* its arguments with blanks between; "" where it has none */
	int depth;           /* below the first of the list */
};

/* In the order of a tree: each process is followed by its descendants. */
struct processes {
	struct arena arena;
	struct process *list;
	size_t count;
};

/* List top and its descendants, or all processes when top is 0. proc is an open folder /proc,
 * any process's. Processes that end meanwhile are left out; 0 with an empty list when top has.
 * Returns -1 with errno set where the folder cannot be read. */
int processes_take(int proc, pid_t top, struct processes *ret);
void processes_done(struct processes *processes);

/* Whether the process is in the namespace of this type and number. */
bool process_is_in(pid_t pid, enum ns_link link, uint64_t id);

/* Whether it is in the same namespace of this type as this process itself. */
bool process_is_here(pid_t pid, enum ns_link link);

/* Append /proc/PID/NAME ("limits") to ret. 0, or -1 with errno set; ESRCH: there is no such process. */
int process_file(pid_t pid, const char *name, struct text *ret);

/* A process other than those listed in but whose namespace of this type is id; 0 for none that
 * can be seen, -1 with errno set where not all could be looked at. comm (64 bytes) is its name. */
pid_t process_sharing(enum ns_link link, uint64_t id, const struct processes *but, char *comm);

/* The process that a family begins with: reading's, or where it was forked by a successor of the
 * session's first child, that one, which still waits above it. */
pid_t process_family(const struct reading *reading);

/* Fill the joined of each of reading's namespaces: it is not the host's, and a process outside the
 * family is in it. Looks at every process of the machine. */
void process_find_joined(struct reading *reading, const struct reading *host);

/* Whether the kernel drops a signal that comes to pid from outside: it is PID 1 of a pid
 * namespace below this one, and neither catches the signal nor has it blocked. KILL, STOP and
 * CONT always reach it. False where its status cannot be read. pid_namespaces(7). */
bool process_drops(pid_t pid, int signal);
