/* mount(2) over a path, so that what lies there is out of reach: /dev/null over a file, an empty
 * read-only tmpfs over a folder. Both ends are held open and looked at before they are mounted:
 * an image may have put a link in the place of either. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/inroot.h"
#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "source", FIELD_STRING, offsetof(struct op, mask.source) },
	{ "target", FIELD_STRING, offsetof(struct op, mask.target) },
	{ "fstype", FIELD_STRING, offsetof(struct op, mask.fstype) },
	{ "flags", FIELD_FLAGS, offsetof(struct op, mask.flags), mount_flags },
	{ "data", FIELD_STRING, offsetof(struct op, mask.data) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace",
	  "unshare mnt, after unshare user" },
	{ ELOOP, "there is a link in its place: what is to be masked lies elsewhere", "tree shows where it leads" },
	{ ENXIO, "/dev/null is not the null device (character device 1:3) here, so it would mask nothing",
	  "a root of its own with a /dev: container" },
	{ ENOTDIR, "a part of the path is not a folder", NULL },
	{ 0 }
};

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

/* What is to be bound over it; -1 with errno. */
static int open_source(const struct op *op)
{
	cleanup_fd int fd = open(op->mask.source, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && strcmp(op->mask.source, "/dev/null") == 0 && !is_null(fd)) {
		errno = ENXIO;
		return -1;
	}
	return steal_fd(&fd);
}

static int open_target(const char *path, struct op_outcome *outcome)
{
	cleanup_fd int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		snprintf(outcome->detail, sizeof(outcome->detail), "not here: nothing to mask");
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return -1;
	}
	return steal_fd(&fd);
}

/* By descriptor, where there is a /proc to name it by. */
static int attach(const struct op *op, int source, int target)
{
	char from[32], to[32];
	int ret = mount(source < 0 ? op->mask.source : inroot_name(source, from),
			inroot_name(target, to), op->mask.fstype, op->mask.flags, op->mask.data);

	if (ret < 0 && errno == ENOENT)
		ret = mount(op->mask.source, op->mask.target, op->mask.fstype, op->mask.flags,
			    op->mask.data);
	return ret;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_fd int target = open_target(op->mask.target, outcome), source = -1;

	(void)stage;
	if (target < 0)
		return errno == ENOENT ? 0 : -1;
	if (op->mask.flags & MS_BIND) {
		source = open_source(op);
		if (source < 0)
			return -1;
	}
	return attach(op, source, target);
}

const struct op_info op_mask = {
	.name = "mount", .man = "mount(2)", .does = "hide what lies at {target}",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .fields = fields, .hints = hints, .run = run,
};
