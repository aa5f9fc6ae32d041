/* rmdir(2) in cgroupfs: a control group goes, when no process is in it any more. */
#include <errno.h>
#include <unistd.h>

#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, cgroup_rmdir.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EBUSY, "there are processes or groups in it still", "ps lists the child's processes; kill ends one" },
	{ ENOENT, "the group is gone already", NULL },
	{ EACCES, "this part of the cgroup tree is not delegated to you", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return rmdir(op->cgroup_rmdir.path);
}

static void say(const struct op *op, pid_t pid, struct text *text)
{
	(void)pid;
	text_add(text, "rmdir(");
	text_add_c(text, op->cgroup_rmdir.path);
	text_add(text, ")");
}

static void shell(const struct op *op, struct text *text)
{
	text_add(text, "rmdir ");
	text_add_sh(text, op->cgroup_rmdir.path);
}

const struct op_info op_cgroup_rmdir = {
	.name = "rmdir", .man = "cgroups(7)", .does = "remove the control group {path}",
	.side = ON_HOST, .fields = fields, .hints = hints, .run = run, .say = say, .shell = shell,
};
