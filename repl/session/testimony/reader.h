/* What the files of the testimony share: which processes were seen, and what a line of the file trace begins with. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct refusals;

/* A process that the first instance has recorded: this one, or one that it started. */
struct seen {
	pid_t pid;
	bool program; /* it has executed a program after the mark, or one that has has made it */
};

struct seen_list {
	struct seen *list;
	size_t count, room;
};

/* NULL: it was not. */
struct seen *seen_find(const struct seen_list *seen, pid_t pid);

/* "  COMM-PID     [001] ..... 77932.214025: ": what comes then; NULL where it is none. */
const char *line_head(const char *line, const char **comm, size_t *length, pid_t *pid);

/* " => FUNCTION", of a stack; what a process is called may begin so behind a newline. */
bool line_is_frame(const char *line);

/* The system call that a function of the kernel is; NULL: it is none. */
const char *line_call(const char *function);

/* Who sent SIGKILL or signal to programs among these, appended. */
void killings_parse(const char *trace, int signal, const struct seen_list *seen, struct refusals *ret);
