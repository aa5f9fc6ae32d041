/* move_mount(2): attach a tree by its descriptor: one that open_tree(2) has copied, which is the way
 * for a folder of the host into a child that has already pivoted; or, where tree has no path, the
 * one that fsmount(2) has made. */
#include <errno.h>
#include <linux/capability.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "ops/op.h"
#include "ops/place.h"

static const struct field fields[] = {
	{ "tree", FIELD_FD, offsetof(struct op, move_mount.tree) },
	{ "target", FIELD_STRING, offsetof(struct op, move_mount.target) },
	{ "inside", FIELD_BOOL, offsetof(struct op, move_mount.inside), .hidden = true },
	{ "idmap", FIELD_BOOL, offsetof(struct op, move_mount.idmap), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "open_tree(2) and move_mount(2) need CAP_SYS_ADMIN over both mount namespaces: the shell's and the child's",
	  "bindmount before pivot, or run Stave as root", true },
	{ ENOENT, "the target does not exist in the child's root", NULL },
	{ EBADF, "fsmount(2) or open_tree(2) has to come first", NULL },
	{ EINVAL, "a file system in the tree has no idmapped mounts", "leave --userns out" },
	{ ENOSYS, "open_tree(2) and move_mount(2) came with Linux 5.2", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	bool made = op->move_mount.tree.fd < 0 && stage->fs;
	int tree = made ? *stage->fs : op->move_mount.tree.fd;

	(void)outcome;
	cleanup_fd int target = op->move_mount.inside ?
		place_open(stage, true, op->move_mount.target, O_PATH) : -1;
	if (op->move_mount.inside && target < 0)
		return -1;
	int ret = target >= 0 ?
		sys_move_mount(tree, "", target, "", SYS_MOVE_FROM_FD | SYS_MOVE_TO_FD) :
		sys_move_mount(tree, "", AT_FDCWD, op->move_mount.target, SYS_MOVE_FROM_FD);
	place_changed(stage);
	if (ret < 0)
		return -1;
	if (made)
		close(steal_fd(stage->fs));
	return 0;
}

const struct op_info op_move_mount = {
	.name = "move_mount", .man = "mount(2)",
	.does = "attach {tree?a copy of the host's {tree|sh}{idmap?, its ids those of the user namespace,}}{tree!what has been made} at {target}",
	.call = "move_mount({tree?open_tree({tree|c}, OPEN_TREE_CLONE|AT_RECURSIVE){idmap? /* and mount_setattr() of it with MOUNT_ATTR_IDMAP */}}{tree!mnt}, \"\", "
		"{inside?{target|root}, \"\", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH}"
		"{inside!AT_FDCWD, {target|c}, MOVE_MOUNT_F_EMPTY_PATH})",
	.side = IN_CHILD, .changes_mounts = true, .path = offsetof(struct op, move_mount.target),
	.inside = offsetof(struct op, move_mount.inside), .needs = CAP_SYS_ADMIN, .back = BACK_BY_UMOUNT, .back_path = offsetof(struct op, move_mount.target), .fields = fields, .hints = hints, .run = run,
};
