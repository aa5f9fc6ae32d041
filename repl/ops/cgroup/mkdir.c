/* mkdir(2) in cgroupfs: a new control group. The kernel fills the folder with its files. */
#include <errno.h>
#include <sys/stat.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, cgroup_mkdir.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EACCES, "this part of the cgroup tree is not delegated to you", "systemd-run --user --scope -p Delegate=yes stave, or run Stave as root", true },
	{ EPERM, "this part of the cgroup tree is not delegated to you", "systemd-run --user --scope -p Delegate=yes stave, or run Stave as root", true },
	{ EROFS, "cgroupfs is mounted read-only, as inside a container", NULL },
	{ EAGAIN, "the limit cgroup.max.descendants or cgroup.max.depth of a group above is reached", NULL },
	{ ENOENT, "its parent group does not exist (any more)", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return mkdir(op->cgroup_mkdir.path, 0755);
}

const struct op_info op_cgroup_mkdir = {
	.name = "mkdir", .man = "cgroups(7)", .does = "make the control group {path}",
	.call = "mkdir({path|c}, 0755)",
	.shell = "mkdir {path|sh}",
	.part = PART_PREPARES, .side = ON_HOST, .cgroup = offsetof(struct op, cgroup_mkdir.path), .undo = UNDO_RMCGROUP,
	.undo_path = offsetof(struct op, cgroup_mkdir.path), .back = BACK_BY_RECORD, .fields = fields, .hints = hints, .run = run,
};
