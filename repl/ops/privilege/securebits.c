/* prctl(PR_SET_SECUREBITS), capabilities(7): whether user 0 is special to execve(2) and to setuid(2). Only the
 * process itself can read them: no file in /proc has them. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "ops/op.h"

#define NAME(bit) { #bit, bit }, { #bit "_LOCKED", bit##_LOCKED }

/* Each is followed by its lock. */
static const struct flag securebit_flags[] = {
	NAME(SECBIT_NOROOT), NAME(SECBIT_NO_SETUID_FIXUP), NAME(SECBIT_KEEP_CAPS),
	NAME(SECBIT_NO_CAP_AMBIENT_RAISE), { 0 }
};

static const struct field fields[] = {
	{ "bits", FIELD_FLAGS, offsetof(struct op, securebits.bits), securebit_flags },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_SETPCAP, and a bit that is locked stays as it is, and so does its lock", "caps shows whether the child has setpcap; undo takes back the step that locked it" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return prctl(PR_SET_SECUREBITS, op->securebits.bits, 0, 0, 0);
}

const struct op_info op_securebits = {
	.name = "prctl", .man = "prctl(2)",
	.does = "set what user 0 means to execve(2) and setuid(2): {bits}",
	.call = "prctl(PR_SET_SECUREBITS, {bits}, 0, 0, 0)", .shell = "capsh --secbits={bits|hex}",
	.side = IN_CHILD, .needs = CAP_SETPCAP, .fields = fields, .hints = hints, .run = run,
};
