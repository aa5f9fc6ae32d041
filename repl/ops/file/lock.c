/* flock(2), shared: whoever wants to remove what is locked asks for the exclusive lock, and so
 * learns that a container uses it. The shell holds the descriptor as long as the container is
 * there; the kernel releases the lock when all its holders are gone, however they ended. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "fd", FIELD_FD, offsetof(struct op, lock.file) },
	{ "has", FIELD_STRING, offsetof(struct op, lock.has) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "another shell took it away a moment ago", "the same line again, which makes a volume that is not there" },
	{ EWOULDBLOCK, "it is being removed by another shell", "the same line again, which makes a volume that is not there" },
	{ EACCES, "it belongs to another user", NULL },
	{ 0 }
};

enum { MOST = 1 << 20 }; /* bytes of a file that is to contain something */

/* Whether it contains what is asked for, from its beginning. */
static bool has(const struct op *op, int fd)
{
	cleanup_text struct text text = { 0 };

	return lseek(fd, 0, SEEK_SET) == 0 && read_fd(fd, MOST, &text) == 0 && strstr(text_of(&text), op->lock.has);
}

/* Whether a lock of it keeps it: between open(2) and the lock it may have been removed, or another have taken its name. */
static int keep(const struct op *op, int fd, bool named)
{
	struct stat held, there;

	if (flock(fd, LOCK_SH | LOCK_NB) < 0 || fstat(fd, &held) < 0)
		return -1;
	bool gone = held.st_nlink == 0;
	if (named && !op->lock.has && op->lock.file.path) {
		if (stat(op->lock.file.path, &there) < 0)
			return -1;
		gone = held.st_dev != there.st_dev || held.st_ino != there.st_ino;
	}
	errno = ENOENT;
	return gone ? -1 : 0;
}

/* What has another name by now: who replaced it left it that one, because it was in use. */
static int find_beside(const struct op *op)
{
	cleanup_text struct text folder = { 0 };
	struct dirent *entry;
	int ret = -1;

	text_addn(&folder, op->lock.file.path, path_name(op->lock.file.path) - op->lock.file.path);
	DIR *all = opendir(text_of(&folder));
	while (all && ret < 0 && (errno = 0, entry = readdir(all))) {
		cleanup_fd int fd = openat(dirfd(all), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && has(op, fd) && keep(op, fd, false) == 0)
			ret = steal_fd(&fd);
	}
	int code = errno;
	if (all)
		closedir(all);
	errno = code ? code : ENOENT;
	return ret;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage;
	if (op->lock.has && !has(op, op->lock.file.fd))
		outcome->fds[0] = find_beside(op);
	else if (keep(op, op->lock.file.fd, true) == 0)
		outcome->fds[0] = fcntl(op->lock.file.fd, F_DUPFD_CLOEXEC, 3);
	return outcome->fds[0] < 0 ? -1 : 0;
}

const struct op_info op_lock = {
	.name = "flock", .man = "flock(2)", .does = "keep {fd|sh} from being removed",
	.call = "flock(open({fd|c}), LOCK_SH|LOCK_NB)",
	.part = PART_BOOKS, .side = ON_HOST, .keeps = offsetof(struct op, lock.file.path), .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
