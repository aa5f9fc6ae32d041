/* open_tree(2): a copy of the mounts at a path, attached nowhere yet, so that its flags can be set
 * before anybody can reach it. The descriptor stays for mount_setattr(2) and move_mount(2).
 * Linux 5.2. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, open_tree.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SYS_ADMIN in the user namespace that owns the child's mount namespace", NULL },
	{ ENOENT, "the source does not exist in the child's root", "tree shows what does" },
	{ EINVAL, "the source is on a mount that cannot be bound: propagation unbindable", NULL },
	{ EACCES, "a folder on the way may not be searched", NULL },
	{ ENOSYS, "open_tree(2) came with Linux 5.2", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	int fd = sys_open_tree(AT_FDCWD, op->open_tree.path, SYS_TREE_CLONE | SYS_TREE_RECURSIVE);

	(void)outcome;
	if (fd < 0)
		return -1;
	stage_hold(stage->fs, fd);
	return 0;
}

const struct op_info op_open_tree = {
	.name = "open_tree", .man = "mount(2)",
	.does = "copy the mounts at {pathname}, attached nowhere yet",
	.call = "mnt = open_tree(AT_FDCWD, {pathname|c}, OPEN_TREE_CLONE|AT_RECURSIVE)",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
