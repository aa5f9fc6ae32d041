/* prctl(PR_GET_SECUREBITS), capabilities(7): the bits that securebits sets. Only the process itself can read
 * them: no file in /proc has them. */
#include <errno.h>
#include <sys/prctl.h>

#include "ops/op.h"

static const struct field fields[] = { { 0 } };

static const struct hint hints[] = {
	{ EINVAL, "this kernel has no securebits, which came with Linux 2.6.26", NULL },
	{ 0 }
};

/* outcome->value: the bits. */
static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)op, (void)stage;
	outcome->value = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
	return outcome->value < 0 ? -1 : 0;
}

const struct op_info op_securebits_get = {
	.name = "prctl", .man = "prctl(2)", .does = "tell what user 0 means to it",
	.call = "prctl(PR_GET_SECUREBITS, 0, 0, 0, 0)",
	.side = IN_CHILD, .part = PART_BOOKS, .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
