/* snapshot/eyes: what a word that builds sees of the host and of the child.
 * May include: snapshot base.
 * Never: changes a file, a mount or a process that it has not made.
 * Begin at: eyes.h; eyes.c has the real ones. */
/* The eyes of a word: the only way in which one that builds a plan looks at files of the host or of the
 * child. A test puts eyes of its own in their place, and with them a host of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct text;

/* pid is the process whose files path (absolute) is looked for among; 0 for the host's, as the shell sees
 * them. Errors are those of look_open() and look_stat(). */
struct eyes {
	/* stat(2) or, with nofollow, lstat(2). 0, or -1 with errno set. */
	int (*stat)(const struct eyes *eyes, pid_t pid, const char *path, bool nofollow, struct stat *ret);
	/* Append the host's file at path, up to limit bytes, to ret. 0, or -1 with errno set. */
	int (*read)(const struct eyes *eyes, const char *path, size_t limit, struct text *ret);
	/* Append the names in the folder at path but "." and "..", each with its NUL, to ret, in the order
	 * of readdir(3). 0, or -1 with errno set. */
	int (*list)(const struct eyes *eyes, pid_t pid, const char *path, struct text *ret);
	/* open(2), for what is known of an open file alone; flags open for reading, or with O_PATH.
	 * The descriptor, closed by execve(2), or -1 with errno set. */
	int (*open)(const struct eyes *eyes, pid_t pid, const char *path, int flags);
	/* What idmap_refused() says about the host's path. */
	int (*idmap)(const struct eyes *eyes, const char *path);
};

/* By eyes, or where that is NULL, by the real ones. */
int eyes_stat(const struct eyes *eyes, pid_t pid, const char *path, bool nofollow, struct stat *ret);
int eyes_read(const struct eyes *eyes, const char *path, size_t limit, struct text *ret);
int eyes_list(const struct eyes *eyes, pid_t pid, const char *path, struct text *ret);
int eyes_open(const struct eyes *eyes, pid_t pid, const char *path, int flags);
int eyes_idmap(const struct eyes *eyes, const char *path);

/* The type, a CLONE_NEW*, of the namespace that is mounted on the file at path, and its number in *id; 0: none is. -1
 * with errno set. ioctl_ns(2), NS_GET_NSTYPE. */
int eyes_namespace(const struct eyes *eyes, pid_t pid, const char *path, uint64_t *id);

/* Whether the host has something at path; a link to nothing is nothing. */
bool eyes_find(const struct eyes *eyes, const char *path);

/* Append the names in the folder that fd is open on, as eyes_list() does; fd is closed (fd below 0: -1
 * with the errno of the failed open). */
int names_in(int fd, struct text *ret);

/* The name after one of such a list, the first for NULL; NULL after the last. */
const char *names_next(const struct text *names, const char *name);
