/* Whose root a failed op was about, and how a person looks into it: tree shows the current child's alone. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct failure;

/* pid: of the process whose root the op's process has joined, as by exec; else 0. aside: of a container that is not the
 * current child, and gone now. Neither: the current child's. */
struct where {
	pid_t pid;
	bool aside;
};
struct where where_of(const struct failure *at);

/* The shell's files: it made the call, or the mount was of the host before it was a container's. */
bool where_is_hosts(const struct failure *at);

/* The way out: how to see what there is in folder (an absolute path of that root). Returns true. */
bool where_look(const struct failure *at, const char *folder, struct error *err);

/* The way out: line, a program and its arguments, run there. Returns true. */
bool where_run(const struct failure *at, const char *line, struct error *err);

/* The way out: other options of the mount at point there. Returns true. */
bool where_remount(const struct failure *at, const char *point, const char *options, struct error *err);
