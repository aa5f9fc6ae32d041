/* Remove a volume of the store with all that is in it, unless a container uses it: that one holds a
 * shared lock, so the exclusive one cannot be taken. flock(2), then unlinkat(2) of each entry. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "ops/op.h"
#include "ops/owned.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, volume_remove.path) },
	{ "empty", FIELD_BOOL, offsetof(struct op, volume_remove.empty), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "there is no volume with that name", "volume ls lists them" },
	{ EWOULDBLOCK, "a container uses it, of this shell or another one", "volume ls shows which; remove the volume when the container has ended" },
	{ EPERM, "something in it belongs to another user, one of the container's", "run Stave as root; it removes files of your ids in /etc/subuid by itself, where newuidmap(1) maps them", true },
	{ EACCES, "something in it belongs to another user, one of the container's", "run Stave as root; it removes files of your ids in /etc/subuid by itself, where newuidmap(1) maps them", true },
	{ EXDEV, "something is mounted in it", "!findmnt" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_arena struct arena arena = { 0 };
	const char *path = op->volume_remove.path;
	cleanup_fd int parent = open(path_parent(&arena, path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int fd = parent < 0 ? -1 : openat(parent, path_name(path), O_RDONLY | O_DIRECTORY |
						     O_NOFOLLOW | O_CLOEXEC);

	(void)stage, (void)outcome;
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -1;
	if (op->volume_remove.empty && unlinkat(fd, "_data", AT_REMOVEDIR) < 0)
		return -1;
	return remove_owned(parent, path_name(path));
}

const struct op_info op_volume_remove = {
	.name = "unlinkat", .man = "unlinkat(2)", .does = "remove the volume {pathname}",
	.call = "flock(open({pathname|c}), LOCK_EX|LOCK_NB); unlinkat() of all in it",
	.shell = "rm -r {pathname|sh}",
	.side = ON_HOST, .fields = fields, .hints = hints, .run = run,
};
