/* rmdir(2) in cgroupfs: remove a control group that has no process left. */
#include <errno.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, cgroup_rmdir.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EBUSY, "it still contains processes or groups", "ps lists the child's processes; kill ends one" },
	{ ENOENT, "the group is gone already", NULL },
	{ EACCES, "this part of the cgroup tree is not delegated to you", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return rmdir(op->cgroup_rmdir.path);
}

const struct op_info op_cgroup_rmdir = {
	.name = "rmdir", .man = "cgroups(7)", .does = "remove the control group {path}",
	.shell = "rmdir {path|sh}",
	.side = ON_HOST, .cgroup = offsetof(struct op, cgroup_rmdir.path), .fields = fields, .hints = hints, .run = run,
};
