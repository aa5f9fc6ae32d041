/* fsopen(2): begin a file system that is put together option by option. mount(2) takes all options
 * as one string of at most a page, in which commas and colons divide; this way has neither limit.
 * Linux 5.2. The descriptor stays in the child for fsconfig(2) and fsmount(2). */
#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "fsname", FIELD_STRING, offsetof(struct op, fsopen.fstype) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SYS_ADMIN in the user namespace that owns the child's mount namespace", NULL },
	{ ENODEV, "this kernel does not have the file system", "!cat /proc/filesystems" },
	{ ENOSYS, "fsopen(2) came with Linux 5.2", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	int fd = sys_fsopen(op->fsopen.fstype);

	(void)outcome;
	if (fd < 0)
		return -1;
	stage_hold(stage->fs, fd);
	return 0;
}

const struct op_info op_fsopen = {
	.name = "fsopen", .man = "mount(2)", .does = "open a context for a new file system of type "
						     "{fsname}",
	.call = "fs = fsopen({fsname|c}, FSOPEN_CLOEXEC)",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
