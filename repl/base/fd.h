/* Descriptors and heap memory that are released at the end of their scope, and reading and writing
 * small files whole. */
#pragma once

#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

struct error;
struct text;

static inline void cleanup_fd_(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_free_(void *pointer)
{
	free(*(void **)pointer);
}

/* Set *fd to -1 and return what it was: the scope no longer owns it. */
static inline int steal_fd(int *fd)
{
	int was = *fd;

	*fd = -1;
	return was;
}

#define cleanup_fd __attribute__((cleanup(cleanup_fd_)))
#define cleanup_free __attribute__((cleanup(cleanup_free_)))
#define steal_ptr(pointer) ({ __auto_type was_ = *(pointer); *(pointer) = NULL; was_; })

/* Append what can be read from fd, up to limit bytes, to ret. Returns 0; -1 with errno set on
 * a failed read(2) (EINTR: base/await.h), -1 with EFBIG when there is more than limit. */
int read_fd(int fd, size_t limit, struct text *ret);

/* The same for the file at path below dirfd (AT_FDCWD for an ordinary path). */
int read_file(int dirfd, const char *path, size_t limit, struct text *ret);

/* The same for a file of /proc that the kernel makes as a whole, single_open() of its seq_file or a value of sysctl: a
 * read(2) that has room left has met the end. Not for one of many records, as mountinfo, which is cut between two. */
int read_single(int dirfd, const char *path, size_t limit, struct text *ret);

/* Write all of the bytes to fd. Returns 0, or -1 with errno set. */
int write_fd(int fd, const char *bytes, size_t length);

/* Write value to an existing file in one write(2), as control files of /proc and cgroupfs ask
 * for. Returns 0, or -1 with errno set. */
int write_control(int dirfd, const char *path, const char *value);

/* flistxattr(2) and fgetxattr(2) of what fd is open on, also by O_PATH, which those refuse: by the
 * descriptor's link in /proc. */
ssize_t fd_attributes(int fd, char *names, size_t size);
ssize_t fd_attribute(int fd, const char *name, void *value, size_t size);

/* Close every descriptor from first on: close_range(2), or one close(2) each where
 * the kernel is older than 5.9. */
void close_from(int first);

/* Have the standard descriptors lead to /dev/null; closed where there is none. Returns 0, or -1 with errno set where
 * they could not be made to, for want of something. */
int fd_null_standard(void);

/* The same, but only when execve(2) succeeds. */
void cloexec_from(int first);
