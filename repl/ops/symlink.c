/* symlink(2). */
#include <errno.h>
#include <unistd.h>

#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "target", FIELD_STRING, offsetof(struct op, symlink.target) },
	{ "linkpath", FIELD_STRING, offsetof(struct op, symlink.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EEXIST, "something of that name is there already", NULL },
	{ ENOENT, "the folder it should lie in does not exist in the child's root", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return symlink(op->symlink.target, op->symlink.path);
}

static void shell(const struct op *op, struct text *text)
{
	text_add(text, "ln -s ");
	text_add_sh(text, op->symlink.target);
	text_add(text, " ");
	text_add_sh(text, op->symlink.path);
}

const struct op_info op_symlink = {
	.name = "symlink", .man = "symlink(2)", .does = "make {linkpath} a link to {target}",
	.side = IN_CHILD, .undo = UNDO_UNLINK,
	.undo_path = offsetof(struct op, symlink.path), .fields = fields, .hints = hints, .run = run,
	.shell = shell,
};
