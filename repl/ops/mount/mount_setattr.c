/* mount_setattr(2): change the flags of a whole tree of mounts in one call. Linux 5.12. */
#include <errno.h>
#include <linux/capability.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "ops/op.h"
#include "ops/place.h"

static const struct flag attributes[] = {
	{ "MOUNT_ATTR_RDONLY", 1 }, { "MOUNT_ATTR_NOSUID", 2 }, { "MOUNT_ATTR_NODEV", 4 },
	{ "MOUNT_ATTR_NOEXEC", 8 }, { 0 }
};

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, mount_setattr.path) },
	{ "attr_set", FIELD_FLAGS, offsetof(struct op, mount_setattr.set), attributes },
	{ "inside", FIELD_BOOL, offsetof(struct op, mount_setattr.inside), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace", NULL },
	{ EINVAL, "the path is not a mount point", NULL },
	{ ENOSYS, "mount_setattr(2) came with Linux 5.12", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	const struct sys_mount_attr attr = { .set = op->mount_setattr.set };
	const char *path = op->mount_setattr.path;
	enum { TREE = AT_EMPTY_PATH | SYS_TREE_RECURSIVE };

	(void)outcome;
	if (!path)
		return sys_mount_setattr(*stage->fs, "", TREE, &attr);
	if (!op->mount_setattr.inside)
		return sys_mount_setattr(AT_FDCWD, path, SYS_TREE_RECURSIVE, &attr);
	cleanup_fd int fd = place_open(stage, true, path, O_PATH);
	return fd < 0 ? -1 : sys_mount_setattr(fd, "", TREE, &attr);
}

const struct op_info op_mount_setattr = {
	.name = "mount_setattr", .man = "mount_setattr(2)",
	.does = "set {attr_set} on {path?{path}}{path!what has been made} and every mount below it",
	.call = "mount_setattr({path?{inside?{path|root}}{inside!AT_FDCWD, {path|c}}}{path!mnt}, "
		"{path?{inside?\"\", AT_EMPTY_PATH|}}{path!\"\", AT_EMPTY_PATH|}AT_RECURSIVE, "
		"{attr_set={attr_set}}, 32)",
	.shell = "{path?mount -o remount,bind{attr_set&MOUNT_ATTR_RDONLY?,ro}{attr_set&MOUNT_ATTR_NOSUID?,nosuid}"
		"{attr_set&MOUNT_ATTR_NODEV?,nodev}{attr_set&MOUNT_ATTR_NOEXEC?,noexec} {path|sh}}",
	.side = IN_CHILD, .changes_mounts = true, .path = offsetof(struct op, mount_setattr.path),
	.inside = offsetof(struct op, mount_setattr.inside), .needs = CAP_SYS_ADMIN, .back = BACK_BY_UMOUNT, .back_path = offsetof(struct op, mount_setattr.path), .fields = fields, .hints = hints, .run = run,
};
