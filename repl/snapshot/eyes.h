/* The eyes of a word: the only way in which one that builds a plan looks at files of the host or of the
 * child. A test puts eyes of its own in their place, and with them a host of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct text;

struct eyes {
	/* stat(2) or, with nofollow, lstat(2) of path as process pid sees it (pid 0: the host, as the
	 * shell sees it). 0, or -1 with errno set as look_stat() has it. */
	int (*stat)(const struct eyes *eyes, pid_t pid, const char *path, bool nofollow, struct stat *ret);
	/* Append the host's file at path, up to limit bytes, to ret. 0, or -1 with errno set. */
	int (*read)(const struct eyes *eyes, const char *path, size_t limit, struct text *ret);
};

/* By eyes, or where that is NULL, by the real ones. */
int eyes_stat(const struct eyes *eyes, pid_t pid, const char *path, bool nofollow, struct stat *ret);
int eyes_read(const struct eyes *eyes, const char *path, size_t limit, struct text *ret);

/* Whether the host has something at path; a link to nothing is nothing. */
bool eyes_find(const struct eyes *eyes, const char *path);
