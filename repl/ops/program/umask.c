/* umask(2): the permissions that new files do not get. The child itself has 0 until this op sets
 * another, because its ops give exact modes; its programs have 022 until then. */
#include <errno.h>
#include <sys/stat.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "mode", FIELD_MODE, offsetof(struct op, umask.mode) },
	{ "before", FIELD_MODE, offsetof(struct op, umask.before), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EINVAL, "a mask has only the nine permission bits", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	bool none = op->umask.mode == OP_NO_ID;

	(void)outcome;
	if (!none && op->umask.mode > 0777) {
		errno = EINVAL;
		return -1;
	}
	umask(none ? 0 : (mode_t)op->umask.mode);
	*stage->masked = !none;
	return 0;
}

const struct op_info op_umask = {
	.name = "umask", .man = "umask(2)", .does = "withhold the permissions {mode} from new files",
	.shell = "umask {mode}",
	.side = IN_CHILD, .back = BACK_BY_SAME, .fields = fields, .hints = hints, .run = run,
};
