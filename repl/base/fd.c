#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/xattr.h>

#include "base/await.h"
#include "base/error.h"
#include "base/syscalls.h"
#include "base/text.h"

/* single: what does not fill its room is the end. */
static int read_until(int fd, size_t limit, bool single, struct text *ret)
{
	size_t total = 0;

	for (;;) {
		char *room = text_room(ret, 4096);
		ssize_t n = read(fd, room, 4096);
		if (n < 0 && errno == EINTR && !await_interrupted())
			continue;
		if (n < 0 && errno == EAGAIN && await_readable(fd, AWAIT_FOREVER) == 0)
			continue;
		if (n <= 0)
			return (int)n;
		text_grew(ret, (size_t)n);
		total += (size_t)n;
		if (total > limit) {
			errno = EFBIG;
			return -1;
		}
		if (single && n < 4096)
			return 0;
	}
}

int read_fd(int fd, size_t limit, struct text *ret)
{
	return read_until(fd, limit, false, ret);
}

static int read_path(int dirfd, const char *path, size_t limit, bool single, struct text *ret)
{
	/* The open(2) of a FIFO that nobody writes to would not return. */
	cleanup_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd < 0 ? -1 : read_until(fd, limit, single, ret);
}

int read_file(int dirfd, const char *path, size_t limit, struct text *ret)
{
	return read_path(dirfd, path, limit, false, ret);
}

int read_single(int dirfd, const char *path, size_t limit, struct text *ret)
{
	return read_path(dirfd, path, limit, true, ret);
}

int write_fd(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

int write_control(int dirfd, const char *path, const char *value)
{
	cleanup_fd int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -1;
	ssize_t n;
	do
		n = write(fd, value, strlen(value));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if ((size_t)n != strlen(value)) {
		errno = EIO;
		return -1;
	}
	return 0;
}

enum { LINK = 40 };

static const char *link_of(int fd, char ret[static LINK])
{
	snprintf(ret, LINK, "/proc/self/fd/%d", fd);
	return ret;
}

ssize_t fd_attributes(int fd, char *names, size_t size)
{
	char link[LINK];

	return listxattr(link_of(fd, link), names, size);
}

ssize_t fd_attribute(int fd, const char *name, void *value, size_t size)
{
	char link[LINK];

	return getxattr(link_of(fd, link), name, value, size);
}

void close_from(int first)
{
	struct rlimit limit = { 0 };

	if (sys_close_from((unsigned)first, 0) == 0)
		return;
	/* Linux 5.8 and older, or a filter that answers ENOSYS. */
	getrlimit(RLIMIT_NOFILE, &limit);
	int end = limit.rlim_cur > 65536 ? 65536 : (int)limit.rlim_cur;
	for (int fd = first; fd < end; fd++)
		close(fd);
}

int fd_null_standard(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 && errno_may_pass(errno))
		return -1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (null < 0)
			close(fd);
		else if (null == fd)
			fcntl(fd, F_SETFD, 0);
		else if (dup2(null, fd) < 0)
			return -1;
	if (null > STDERR_FILENO)
		close(null);
	return 0;
}

void cloexec_from(int first)
{
	struct rlimit limit = { 0 };

	if (sys_close_from((unsigned)first, SYS_CLOSE_ON_EXEC) == 0)
		return;
	/* Linux 5.10 and older. */
	getrlimit(RLIMIT_NOFILE, &limit);
	int end = limit.rlim_cur > 65536 ? 65536 : (int)limit.rlim_cur;
	for (int fd = first; fd < end; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}
