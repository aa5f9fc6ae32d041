#include "base/file/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

/* One for all sessions of root's, wherever the runtime folder of each is. */
static const char path[] = "/run/stave-ids";

struct claims {
	int fd; /* of the file; -1 before the first claim */
};

struct claims *claims_new(void)
{
	struct claims *claims = malloc(sizeof(*claims));

	if (!claims)
		out_of_memory();
	claims->fd = -1;
	return claims;
}

/* count 0: all from first on. */
static int lock(int fd, unsigned long first, unsigned long count)
{
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)first,
			       .l_len = (off_t)count };

	return fcntl(fd, F_OFD_SETLK, &range);
}

/* Whether the file that is open still has its name: the last session takes it away. */
static bool is_there(int fd)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

int claims_take(struct claims *claims, unsigned long first, unsigned long count, struct error *err)
{
	for (;;) {
		if (claims->fd < 0)
			claims->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (claims->fd < 0)
			return fail(err, errno, "open %s", path);
		int failed = lock(claims->fd, first, count);
		if (failed && errno != EAGAIN && errno != EACCES)
			return fail(err, errno, "fcntl(%s, F_OFD_SETLK)", path);
		if (is_there(claims->fd))
			return !failed;
		close(steal_fd(&claims->fd));
	}
}

void claims_free(struct claims *claims)
{
	if (claims && claims->fd >= 0) {
		if (lock(claims->fd, 0, 0) == 0 && is_there(claims->fd))
			unlink(path);
		close(claims->fd);
	}
	free(claims);
}
