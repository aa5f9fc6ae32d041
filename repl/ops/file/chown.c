/* lchown(2): the owner and group of a file or folder. */
#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, chown.path) },
	{ "owner", FIELD_ID, offsetof(struct op, chown.uid) },
	{ "group", FIELD_ID, offsetof(struct op, chown.gid) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_CHOWN in the user namespace that owns the file system", NULL },
	{ EINVAL, "the child's user namespace has no such id", "idmap shows the map" },
	{ ENOENT, "there is nothing of that name", NULL },
	{ EROFS, "that file system is mounted read-only", NULL },
	{ 0 }
};

/* lchown(2) leaves an id of -1 unchanged. */
static uint32_t id_of(uint64_t id)
{
	return id == OP_NO_ID ? UINT32_MAX : (uint32_t)id;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return lchown(op->chown.path, id_of(op->chown.uid), id_of(op->chown.gid));
}

const struct op_info op_chown = {
	.name = "lchown", .man = "chown(2)", .does = "give {pathname} to user {owner} and group {group}",
	.shell = "chown -h {owner?{owner}}{group?:{group}} {pathname|sh}",
	.side = IN_CHILD, .needs = CAP_CHOWN, .fields = fields, .hints = hints, .run = run,
};
