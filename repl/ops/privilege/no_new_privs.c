/* prctl(PR_SET_NO_NEW_PRIVS): from now on no execve(2) grants new privileges, whatever setuid bit
 * or file capability the program has. It is inherited and cannot be cleared. */
#include <errno.h>
#include <sys/prctl.h>

#include "ops/op.h"

static const struct field fields[] = { { 0 } };

static const struct hint hints[] = {
	{ EINVAL, "no_new_privs came with Linux 3.5", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)op, (void)stage, (void)outcome;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

const struct op_info op_no_new_privs = {
	.name = "prctl", .man = "prctl(2)",
	.does = "keep execve(2) from granting privileges",
	.call = "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)",
	.shell = "setpriv --no-new-privs",
	.side = IN_CHILD, .gives_up = true, .fields = fields, .hints = hints, .run = run,
};
