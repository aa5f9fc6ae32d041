/* mkdir(2). */
#include <errno.h>
#include <sys/stat.h>

#include "ops/op.h"
#include "ops/place.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, mkdir.path) },
	{ "mode", FIELD_MODE, offsetof(struct op, mkdir.mode) },
	{ "inside", FIELD_BOOL, offsetof(struct op, mkdir.inside), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EEXIST, "something with that name exists already", NULL },
	{ ENOENT, "its parent folder does not exist in the child's root", NULL },
	{ EACCES, "the child may not write to that folder", NULL },
	{ EROFS, "that file system is mounted read-only", NULL },
	{ ENOSPC, "the file system is full, or has no inodes left", NULL },
	{ EOVERFLOW, "the child's user id has no mapping in this file system's user namespace", "idmap shows the map" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	const char *name;

	(void)outcome;
	if (!op->mkdir.inside)
		return mkdir(op->mkdir.path, (mode_t)op->mkdir.mode);
	int folder = place_parent(stage, true, op->mkdir.path, &name);
	return folder < 0 ? -1 : mkdirat(folder, name, (mode_t)op->mkdir.mode);
}

const struct op_info op_mkdir = {
	.name = "mkdir", .man = "mkdir(2)", .does = "make the folder {pathname}",
	.call = "{inside?mkdirat({pathname|parent}}{inside!mkdir({pathname|c}}, {mode})",
	.shell = "mkdir {pathname|sh}",
	.part = PART_PREPARES, .side = IN_CHILD, .path = offsetof(struct op, mkdir.path),
	.inside = offsetof(struct op, mkdir.inside), .undo = UNDO_RMDIR,
	.undo_path = offsetof(struct op, mkdir.path), .back = BACK_BY_RECORD, .fields = fields, .hints = hints, .run = run,
};
