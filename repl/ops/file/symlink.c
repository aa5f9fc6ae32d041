/* symlink(2). */
#include <errno.h>
#include <unistd.h>

#include "ops/op.h"
#include "ops/place.h"

static const struct field fields[] = {
	{ "target", FIELD_STRING, offsetof(struct op, symlink.target) },
	{ "linkpath", FIELD_STRING, offsetof(struct op, symlink.path) },
	{ "inside", FIELD_BOOL, offsetof(struct op, symlink.inside), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EEXIST, "something with that name exists already", NULL },
	{ ENOENT, "its parent folder does not exist in the child's root", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	const char *name;

	(void)outcome;
	if (!op->symlink.inside)
		return symlink(op->symlink.target, op->symlink.path);
	int folder = place_parent(stage, true, op->symlink.path, &name);
	return folder < 0 ? -1 : symlinkat(op->symlink.target, folder, name);
}

const struct op_info op_symlink = {
	.name = "symlink", .man = "symlink(2)", .does = "make {linkpath} a link to {target}",
	.call = "{inside?symlinkat({target|c}, {linkpath|parent}}{inside!symlink({target|c}, {linkpath|c}})",
	.shell = "ln -s {target|sh} {linkpath|sh}",
	.part = PART_PREPARES, .side = IN_CHILD, .path = offsetof(struct op, symlink.path),
	.inside = offsetof(struct op, symlink.inside), .undo = UNDO_UNLINK,
	.undo_path = offsetof(struct op, symlink.path), .back = BACK_BY_RECORD, .fields = fields, .hints = hints, .run = run,
};
