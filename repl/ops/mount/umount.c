/* umount2(2): detach what is mounted at a path. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/mount.h>

#include "ops/op.h"
#include "ops/place.h"

const struct flag umount_flags[] = {
	{ "MNT_DETACH", MNT_DETACH }, { "MNT_FORCE", MNT_FORCE },
	{ "UMOUNT_NOFOLLOW", UMOUNT_NOFOLLOW }, { 0 }
};

static const struct field fields[] = {
	{ "target", FIELD_STRING, offsetof(struct op, umount.target) },
	{ "flags", FIELD_FLAGS, offsetof(struct op, umount.flags), umount_flags },
	{ 0 }
};

static const struct hint hints[] = {
	{ EINVAL, "no mount there may be taken away; the table of mounts could not be read to tell why",
	  "mountinfo lists the mounts; mount over it instead, or pivot and leave the old root whole" },
	{ EBUSY, "it is in use: a working directory, an open file or a mount below it", "umount -l detaches it now and releases it when nothing uses it" },
	{ EPERM, "unmounting needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace", NULL },
	{ ENOENT, "there is no such path in the child's root", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)outcome;
	place_changed(stage);
	return umount2(op->umount.target, (int)op->umount.flags);
}

const struct op_info op_umount = {
	.name = "umount2", .man = "umount(2)", .does = "detach what is mounted at {target}",
	.shell = "umount{flags&MNT_DETACH? --lazy} {target|sh}",
	.side = IN_CHILD, .changes_mounts = true, .needs = CAP_SYS_ADMIN, .fields = fields, .hints = hints, .run = run,
};
