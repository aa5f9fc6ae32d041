/* prctl(PR_CAP_AMBIENT): the set that a program keeps even if it does not run as root and its
 * file has no capabilities. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "base/text.h"
#include "ops/op.h"
#include "ops/privilege/capability.h"

static const struct flag actions[] = {
	{ "PR_CAP_AMBIENT_CLEAR_ALL", PR_CAP_AMBIENT_CLEAR_ALL },
	{ "PR_CAP_AMBIENT_LOWER", PR_CAP_AMBIENT_LOWER },
	{ "PR_CAP_AMBIENT_RAISE", PR_CAP_AMBIENT_RAISE },
	{ 0 }
};

static const struct field fields[] = {
	{ "action", FIELD_CHOICE, offsetof(struct op, cap_ambient.action), actions },
	{ "set", FIELD_FLAGS, offsetof(struct op, cap_ambient.set), capability_flags },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "only what is both permitted and inheritable can be ambient", "caps shows the sets" },
	{ EINVAL, "ambient capabilities came with Linux 4.3", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	unsigned long action = op->cap_ambient.action;

	(void)stage, (void)outcome;
	if (action == PR_CAP_AMBIENT_CLEAR_ALL)
		return prctl(PR_CAP_AMBIENT, action, 0, 0, 0);
	for (unsigned long cap = 0; cap < 64; cap++)
		if ((op->cap_ambient.set & CAPABILITY(cap)) &&
		    prctl(PR_CAP_AMBIENT, action, cap, 0, 0) < 0)
			return -1;
	return 0;
}

/* By a function: prctl(2) takes one capability, so that of a set it is said to be made for each. */
static void call(const struct op *op, pid_t pid, struct text *text)
{
	uint64_t set = op->cap_ambient.set;

	(void)pid;
	text_add(text, "prctl(PR_CAP_AMBIENT, ");
	op_say_flags(actions, op->cap_ambient.action, text);
	text_add(text, set & (set - 1) ? ", each of " : ", ");
	op_say_flags(capability_flags, set, text);
	text_add(text, ", 0, 0)");
}

/* By a function: setpriv(1) wants the action as a sign before each name. */
static void shell(const struct op *op, struct text *text)
{
	const char *sign = op->cap_ambient.action == PR_CAP_AMBIENT_RAISE ? "+" : "-";

	text_add(text, "setpriv --ambient-caps ");
	if (op->cap_ambient.action == PR_CAP_AMBIENT_CLEAR_ALL)
		text_add(text, "-all");
	else
		capability_list(op->cap_ambient.set, sign, ",", text);
}

const struct op_info op_cap_ambient = {
	.name = "prctl", .man = "prctl(2)",
	.does = "set what a program keeps in execve(2) without being root: {action} {set}",
	.side = IN_CHILD, .fields = fields, .hints = hints, .run = run, .call_by = call, .shell_by = shell,
};
