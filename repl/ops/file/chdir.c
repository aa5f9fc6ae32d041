/* chdir(2). */
#include <errno.h>
#include <unistd.h>

#include "ops/op.h"
#include "ops/place.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, chdir.path) },
	{ "rooted", FIELD_BOOL, offsetof(struct op, chdir.rooted), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "there is no such folder in the child's root", NULL },
	{ ENOTDIR, "it is not a folder", NULL },
	{ EACCES, "a folder on the way may not be searched", NULL },
	{ EXDEV, "it leads out of the child's root, as /proc/PID/cwd and /proc/PID/fd may", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	if (chdir(op->chdir.path) < 0)
		return -1;
	return op->chdir.rooted && place_is_outside() ? -1 : 0;
}

const struct op_info op_chdir = {
	.name = "chdir", .man = "chdir(2)", .does = "make {path} the working directory",
	.shell = "cd {path|sh}",
	.part = PART_PREPARES, .side = IN_CHILD, .back = BACK_BY_CHDIR, .fields = fields, .hints = hints, .run = run,
};
