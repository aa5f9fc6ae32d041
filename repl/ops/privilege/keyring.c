/* keyctl(2), KEYCTL_JOIN_SESSION_KEYRING: the kernel keeps passwords, tickets and keys of file systems
 * for a session, in a keyring that every process inherits and no namespace parts. By NULL the
 * process gets a new one that has no name: one with a name could be there before, somebody else's.
 * It is inherited in turn, and gone with the last process that has it. */
#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>

#include "base/syscalls.h"
#include "ops/op.h"

static const struct field fields[] = { { 0 } };

static const struct hint hints[] = {
	{ EPERM, "a seccomp filter forbids keyctl(2)", NULL },
	{ EDQUOT, "this user may have no more keys: kernel.keys.maxkeys", "!cat /proc/key-users" },
	{ ENOMEM, "the kernel has no memory for a keyring", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)op, (void)stage;
	if (sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0) >= 0)
		return 0;
	if (errno != ENOSYS)
		return -1;
	outcome_say(outcome, "this kernel has no keyrings, so none is shared");
	return 0;
}

const struct op_info op_keyring = {
	.name = "keyctl", .man = "keyctl(2)",
	.does = "leave the session's keyring for a new and empty one",
	.call = "keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL)",
	.shell = "keyctl session -",
	.side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
