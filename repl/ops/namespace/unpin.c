/* Remove what pin.c made: the mount, and the empty file below it. The namespace ends with it, if nothing
 * else holds it. umount2(2), unlink(2), by the shell. */
#include <errno.h>
#include <sys/mount.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "target", FIELD_STRING, offsetof(struct op, unpin.target) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EINVAL, "nothing is mounted there any more", NULL },
	{ ENOENT, "it is gone already", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	if (umount2(op->unpin.target, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return -1;
	return unlink(op->unpin.target);
}

const struct op_info op_unpin = {
	.name = "umount2", .man = "umount2(2)", .does = "let go of the namespace that {target} keeps",
	.call = "umount2({target|c}, MNT_DETACH|UMOUNT_NOFOLLOW); unlink({target|c})",
	.shell = "umount {target|sh} && rm {target|sh}",
	.side = ON_HOST, .fields = fields, .hints = hints, .run = run,
};
