/* chdir(2). */
#include <errno.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, chdir.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "there is no such folder in the child's root", NULL },
	{ ENOTDIR, "it is not a folder", NULL },
	{ EACCES, "a folder on the way may not be searched", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return chdir(op->chdir.path);
}

const struct op_info op_chdir = {
	.name = "chdir", .man = "chdir(2)", .does = "make {path} the working folder",
	.shell = "cd {path|sh}",
	.side = IN_CHILD, .back = BACK_BY_CHDIR, .fields = fields, .hints = hints, .run = run,
};
