/* prctl(2), PR_SET_DUMPABLE: with 0, nobody but root of the initial user namespace may trace the
 * process or look into its /proc/PID/fd, exe and root. That ends with execve(2). */
#include <errno.h>
#include <sys/prctl.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "dumpable", FIELD_NUMBER, offsetof(struct op, dumpable.value) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EINVAL, "the value is neither 0 nor 1", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)outcome;
	if (prctl(PR_SET_DUMPABLE, op->dumpable.value, 0, 0, 0) < 0)
		return -1;
	if (stage->hidden)
		*stage->hidden = op->dumpable.value == 0;
	return 0;
}

const struct op_info op_dumpable = {
	.name = "prctl", .man = "prctl(2)",
	.does = "keep others from tracing the process until it becomes its program",
	.call = "prctl(PR_SET_DUMPABLE, {dumpable})",
	.part = PART_PREPARES, .side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
