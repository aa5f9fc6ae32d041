/* chmod(2). mkdir(2) sets neither the set-user-ID nor the set-group-ID bit. */
#include <errno.h>
#include <sys/stat.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, chmod.path) },
	{ "mode", FIELD_MODE, offsetof(struct op, chmod.mode) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "the file belongs to another user", NULL },
	{ ENOENT, "there is nothing of that name", NULL },
	{ EROFS, "that file system is mounted read-only", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return chmod(op->chmod.path, (mode_t)op->chmod.mode);
}

const struct op_info op_chmod = {
	.name = "chmod", .man = "chmod(2)", .does = "set the mode of {pathname} to {mode}",
	.shell = "chmod {mode} {pathname|sh}",
	.side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
