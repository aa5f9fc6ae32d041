/* flock(2), shared: whoever wants to remove what is locked asks for the exclusive lock, and so
 * learns that a container uses it. The shell holds the descriptor as long as the container is
 * there; the kernel releases the lock when all its holders are gone, however they ended. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "fd", FIELD_FD, offsetof(struct op, lock.file) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "it was removed a moment ago", NULL },
	{ EWOULDBLOCK, "it is being removed by another shell", NULL },
	{ EACCES, "it belongs to another user", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	struct stat held, there;

	(void)stage;
	if (flock(op->lock.file.fd, LOCK_SH | LOCK_NB) < 0)
		return -1;
	/* Between open(2) and the lock it may have been removed. */
	if (fstat(op->lock.file.fd, &held) < 0 ||
	    (op->lock.file.path && stat(op->lock.file.path, &there) < 0))
		return -1;
	if (op->lock.file.path && (held.st_dev != there.st_dev || held.st_ino != there.st_ino)) {
		errno = ENOENT;
		return -1;
	}
	outcome->fds[0] = fcntl(op->lock.file.fd, F_DUPFD_CLOEXEC, 3);
	return outcome->fds[0] < 0 ? -1 : 0;
}

const struct op_info op_lock = {
	.name = "flock", .man = "flock(2)", .does = "keep {fd|sh} from being removed",
	.call = "flock(open({fd|c}), LOCK_SH|LOCK_NB)",
	.part = PART_BOOKS, .side = ON_HOST, .keeps = offsetof(struct op, lock.file.path), .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
