/* symlink(2). */
#include <errno.h>
#include <unistd.h>

#include "base/text.h"
#include "ops/op.h"
#include "ops/place.h"

static const struct field fields[] = {
	{ "target", FIELD_STRING, offsetof(struct op, symlink.target) },
	{ "linkpath", FIELD_STRING, offsetof(struct op, symlink.path) },
	{ "inside", FIELD_BOOL, offsetof(struct op, symlink.inside), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EEXIST, "something of that name is there already", NULL },
	{ ENOENT, "the folder it should lie in does not exist in the child's root", NULL },
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

static void say(const struct op *op, pid_t pid, struct text *text)
{
	(void)pid;
	text_add(text, op->symlink.inside ? "symlinkat(" : "symlink(");
	text_add_c(text, op->symlink.target);
	text_add(text, ", ");
	if (op->symlink.inside)
		place_say_parent(op->symlink.path, text);
	else
		text_add_c(text, op->symlink.path);
	text_add(text, ")");
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
	.say = say, .shell = shell,
};
