/* Looking at files as another process sees them: below its root, with its mounts. Links are
 * followed inside that root and never out of it: base/file/inroot.h. */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

struct arena;
struct reading;

/* Open path (absolute, as process pid sees it: proc_of()) with open(2)'s flags; O_CLOEXEC is added. Returns
 * the descriptor, or -1 with errno set (ESRCH: there is no such process). */
int look_open(pid_t pid, const char *path, int flags);

/* The same by the process's folder in /proc, which stays its own: base/process/proc.h. */
int look_open_in(int proc, const char *path, int flags);

/* stat(2) or, with nofollow, lstat(2) of it. 0, or -1 with errno set: ENOENT and ENOTDIR say that
 * it is not there, ESRCH that there is no such process, and all others that nobody can tell. */
int look_stat(pid_t pid, const char *path, int nofollow, struct stat *ret);

/* path as the process sees it, made absolute by its working directory and clean. */
char *look_absolute(const struct reading *reading, const char *path, struct arena *arena);
