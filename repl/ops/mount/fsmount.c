/* fsmount(2): make a mount of the file system that fsconfig(2) has created. It is attached nowhere
 * yet; its descriptor takes the place of fsopen(2)'s, for move_mount(2). */
#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "ops/op.h"

static const struct flag attributes[] = {
	{ "MOUNT_ATTR_RDONLY", 1 }, { "MOUNT_ATTR_NOSUID", 2 }, { "MOUNT_ATTR_NODEV", 4 },
	{ "MOUNT_ATTR_NOEXEC", 8 }, { 0 }
};

static const struct field fields[] = {
	{ "attr_flags", FIELD_FLAGS, offsetof(struct op, fsmount.flags), attributes },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SYS_ADMIN in the user namespace that owns the child's mount namespace", NULL },
	{ EBADF, "fsopen(2) has to come first", NULL },
	{ EINVAL, "fsconfig(2) with FSCONFIG_CMD_CREATE has to come first", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	int fd = sys_fsmount(*stage->fs, (unsigned)op->fsmount.flags);

	(void)outcome;
	if (fd < 0)
		return -1;
	stage_hold(stage->fs, fd);
	return 0;
}

const struct op_info op_fsmount = {
	.name = "fsmount", .man = "mount(2)", .does = "make a mount of the file system",
	.call = "mnt = fsmount(fs, FSMOUNT_CLOEXEC, {attr_flags})",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
