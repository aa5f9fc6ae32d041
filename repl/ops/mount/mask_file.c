/* open_tree(2) and move_mount(2): the null device over a file, so that what lies there is out of
 * reach. What is put there is a copy held by its descriptor and looked at before it is attached, and
 * neither call follows a link at the end of its path: an image may have put one in the place of
 * either. Linux 5.2. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "target", FIELD_STRING, offsetof(struct op, mask_file.target) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace",
	  "unshare mnt, after unshare user" },
	{ ELOOP, "a link is in its place: the path to mask is elsewhere", "tree shows where it leads" },
	{ ENXIO, "/dev/null is not the null device (character device 1:3) here, so it would mask nothing",
	  "container makes a root of its own with a /dev" },
	{ ENOENT, "the child's root has no /dev/null, and a copy of that is what hides a file",
	  "undo the pivot; bindmount /dev ROOT/dev before it brings one along" },
	{ ENOTDIR, "a part of the path is not a folder", NULL },
	{ ENOSYS, "open_tree(2) and move_mount(2) came with Linux 5.2", NULL },
	{ 0 }
};

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

/* The null device as a mount of its own, attached nowhere yet; -1 with errno. */
static int copy_null(void)
{
	cleanup_fd int tree = sys_open_tree(AT_FDCWD, "/dev/null",
					  SYS_TREE_CLONE | AT_SYMLINK_NOFOLLOW);

	if (tree >= 0 && !is_null(tree)) {
		errno = ENXIO;
		return -1;
	}
	return steal_fd(&tree);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	struct stat st;

	(void)stage;
	if (lstat(op->mask_file.target, &st) < 0) {
		if (errno != ENOENT)
			return -1;
		outcome_say(outcome, "not here: nothing to mask");
		return 0;
	}
	if (S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return -1;
	}
	cleanup_fd int tree = copy_null();
	if (tree < 0)
		return -1;
	return sys_move_mount(tree, "", AT_FDCWD, op->mask_file.target, SYS_MOVE_FROM_FD);
}

const struct op_info op_mask_file = {
	.name = "move_mount", .man = "mount(2)", .does = "hide what lies at {target}",
	.call = "move_mount(open_tree(AT_FDCWD, \"/dev/null\", OPEN_TREE_CLONE|AT_SYMLINK_NOFOLLOW), "
		"\"\", AT_FDCWD, {target|c}, MOVE_MOUNT_F_EMPTY_PATH)",
	.shell = "mount --bind /dev/null {target|sh}",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .back = BACK_BY_UMOUNT, .back_path = offsetof(struct op, mask_file.target), .fields = fields, .hints = hints, .run = run,
};
