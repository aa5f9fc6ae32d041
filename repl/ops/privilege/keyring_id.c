/* keyctl(2), KEYCTL_GET_KEYRING_ID: which session keyring the process has. No other process can ask: no
 * file in /proc shows it. If a process has none, the kernel answers with the user's own, whose name begins
 * with "_uid_ses.": session-keyring(7). */
#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>

#include "base/syscalls.h"
#include "ops/op.h"

static const struct field fields[] = { { 0 } };

static const struct hint hints[] = {
	{ EPERM, "a seccomp filter forbids keyctl(2)", NULL },
	{ ENOSYS, "this kernel has no keyrings", NULL },
	{ 0 }
};

/* outcome->value: its number; detail: its name. */
static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	char described[200];

	(void)op, (void)stage;
	long id = sys_keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	if (id < 0)
		return -1;
	long n = sys_keyctl_read(KEYCTL_DESCRIBE, id, described, sizeof(described));
	if (n < 0 || n > (long)sizeof(described))
		return -1;
	/* "keyring;0;0;3f030000;_ses", a NUL at the end. */
	const char *name = memchr(described, '\0', (size_t)n) ? strrchr(described, ';') : NULL;
	outcome->value = id;
	outcome_say(outcome, "%s", name ? name + 1 : "");
	return 0;
}

const struct op_info op_keyring_id = {
	.name = "keyctl", .man = "keyctl(2)", .does = "tell which session keyring it has",
	.call = "keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)",
	.shell = "keyctl id @s",
	.side = IN_CHILD, .part = PART_BOOKS, .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
