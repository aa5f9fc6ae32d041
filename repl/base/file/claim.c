#include "base/file/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"

/* One for all sessions of root's, wherever the runtime folder of each is: the first of these that can be
 * written to, which is the same for all who see the same mounts. */
static const char *const paths[] = { "/run/stave-ids", "/dev/shm/stave-ids", "/tmp/stave-ids" };

struct claims {
	int fd;           /* of the file; -1 before the first claim */
	const char *path; /* its name, of paths */
};

struct claims *claims_new(void)
{
	struct claims *claims = malloc(sizeof(*claims));

	if (!claims)
		out_of_memory();
	*claims = (struct claims){ .fd = -1 };
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
static bool is_there(const struct claims *claims)
{
	struct stat held, named;

	return fstat(claims->fd, &held) == 0 && lstat(claims->path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

/* Whether there is no folder here to make a file in. */
static bool has_no_room(int code)
{
	return code == ENOENT || code == ENOTDIR || code == EROFS;
}

/* In a folder that all write to, it may be somebody else's (open(2) then says EACCES where
 * protected_regular of proc_sys_fs(5) is set): that is told and not passed over, for sessions that begin
 * before and after he removes it would not meet. */
static bool is_anothers(int fd, const char *path)
{
	struct stat st;

	return (fd >= 0 ? fstat(fd, &st) : lstat(path, &st)) == 0 &&
	       (st.st_uid != geteuid() || !S_ISREG(st.st_mode));
}

/* Why the first place of all did not serve: code. */
static int fail_anothers(const char *path, int code, struct error *err)
{
	fail_id(err, ERR_IDMAP_CLAIM, 0, "%s is another user's", path);
	fail_why(err, code == EROFS ? "sessions claim ids from each other by it: /run, where nobody else writes, is read-only" :
				      "sessions claim ids from each other by it: there is no folder /run, where nobody else writes");
	return fail_fix(err, "!rm %s", path);
}

static int open_claims(struct claims *claims, struct error *err)
{
	int first = 0;

	for (size_t i = 0; i < COUNT(paths); i++) {
		cleanup_fd int fd = open(paths[i], O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
		int code = errno;
		first = i ? first : code;
		if (fd < 0 && has_no_room(code) && i + 1 < COUNT(paths))
			continue;
		if (is_anothers(fd, paths[i]))
			return fail_anothers(paths[i], first, err);
		if (fd < 0)
			return fail(err, code, "open %s: sessions claim ids from each other by it", paths[i]);
		claims->fd = steal_fd(&fd);
		claims->path = paths[i];
		return 0;
	}
	return -1;
}

int claims_take(struct claims *claims, unsigned long first, unsigned long count, struct error *err)
{
	for (;;) {
		if (claims->fd < 0 && open_claims(claims, err) < 0)
			return -1;
		int failed = lock(claims->fd, first, count);
		if (failed && errno != EAGAIN && errno != EACCES)
			return fail(err, errno, "fcntl(%s, F_OFD_SETLK)", claims->path);
		if (is_there(claims))
			return !failed;
		close(steal_fd(&claims->fd));
	}
}

void claims_free(struct claims *claims)
{
	if (claims && claims->fd >= 0) {
		if (lock(claims->fd, 0, 0) == 0 && is_there(claims))
			unlink(claims->path);
		close(claims->fd);
	}
	free(claims);
}
