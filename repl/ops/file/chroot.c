/* chroot(2): change where "/" begins for a process. It changes nothing else: not the working
 * folder, not the mounts. */
#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, chroot.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "chroot needs CAP_SYS_CHROOT in the child's user namespace", "unshare user first, or run Stave as root", true },
	{ ENOENT, "there is no such folder in the child's root", NULL },
	{ ENOTDIR, "it is not a folder", NULL },
	{ EACCES, "a folder on the way may not be searched", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return chroot(op->chroot.path);
}

const struct op_info op_chroot = {
	.name = "chroot", .man = "chroot(2)", .does = "make / begin at {path}",
	.shell = "chroot {path|sh}",
	.side = IN_CHILD, .needs = CAP_SYS_CHROOT, .fields = fields, .hints = hints, .run = run,
};
