/* Writing a file that somebody has named, whole or not at all. A symbolic link leads to its target
 * and stays; a file keeps its owner, its mode and its attributes, for what replaces it is made
 * beside it and takes its place by rename(2): without a name until it is complete, where the file system
 * has such files; a device or a pipe is written to as it is. What cannot
 * be done so is refused: a folder, a file of several names, one whose owner cannot be kept, a link
 * that another user has put into a folder for everybody (as fs.protected_symlinks does, proc(5)). */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct error;

/* What is being written. fd is where to; all members are the writer's own. */
struct writer {
	int fd;
	int folder; /* in which the file lies; -1: fd is the thing itself */
	char name[NAME_MAX + 1], beside[NAME_MAX + 1];
};

/* Begin. path is below dirfd (AT_FDCWD for an ordinary path); mode is that of a new file, less the
 * umask. 0, or -1 with err. */
int writer_open(int dirfd, const char *path, mode_t mode, struct writer *ret, struct error *err);

/* The end: what was written takes its place, on the disk. 0, or -1 with err: then it is as it was. */
int writer_keep(struct writer *writer, struct error *err);

/* The end: nothing has changed, but for what a device or a pipe has had. */
void writer_drop(struct writer *writer);

/* The three as one. */
int write_whole(int dirfd, const char *path, mode_t mode, const char *bytes, size_t length,
		struct error *err);

/* Open for appending, by the same rules but in place. The descriptor, or -1 with err. */
int writer_append(int dirfd, const char *path, mode_t mode, struct error *err);
