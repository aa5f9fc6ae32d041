/* Remove a seccomp profile from the store. unlink(2), by the shell. */
#include <errno.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, profile_remove.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "there is no profile of that name", "seccomp lists them" },
	{ EACCES, "the folder of the store is not yours to write to", NULL },
	{ EROFS, "the store's file system is mounted read-only", "set XDG_DATA_HOME to a folder that you may write to" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return unlink(op->profile_remove.path);
}

const struct op_info op_profile_remove = {
	.name = "unlink", .man = "unlink(2)", .does = "remove the profile {pathname}",
	.shell = "rm {pathname|sh}",
	.side = ON_HOST, .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
