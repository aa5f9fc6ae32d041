/* pivot_root(2): make another mount the root of the mount namespace. */
#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "ops/op.h"
#include "ops/place.h"

static const struct field fields[] = {
	{ "new_root", FIELD_STRING, offsetof(struct op, pivot_root.new_root) },
	{ "put_old", FIELD_STRING, offsetof(struct op, pivot_root.put_old) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EBUSY, "the new root or the place for the old one is on the current root's own mount", "pivot binds the folder onto itself first, which makes it a mount" },
	{ EINVAL, "one of: the new root is not a mount point; the parent mount of the new or of the "
		  "current root is shared; the place for the old root is not below the new one; the "
		  "current root is not a mount point (after chroot); the root is the initramfs",
	  "propagation private, then pivot DIR" },
	{ EPERM, "pivot_root needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace", "unshare user mnt first" },
	{ ENOTDIR, "a path of the call is not a folder", NULL },
	{ ENOENT, "a path of the call does not exist", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)outcome;
	if (sys_pivot_root(op->pivot_root.new_root, op->pivot_root.put_old) < 0)
		return -1;
	/* It is "/" now, and what is left open leads out of it. */
	place_hold(stage->place, -1);
	return 0;
}

const struct op_info op_pivot_root = {
	.name = "pivot_root", .man = "pivot_root(2)",
	.does = "make {new_root} the root and move the old root to {put_old}",
	.shell = "pivot_root {new_root|sh} {put_old|sh}",
	.side = IN_CHILD, .changes_mounts = true, .needs = CAP_SYS_ADMIN, .fields = fields, .hints = hints, .run = run,
};
