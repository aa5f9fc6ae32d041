/* prctl(PR_CAPBSET_DROP): take capabilities out of the bounding set, the most that any later
 * execve(2) can give. One call takes one out; what is out stays out. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/text.h"
#include "ops/op.h"
#include "ops/privilege/capability.h"

static const struct field fields[] = {
	{ "set", FIELD_FLAGS, offsetof(struct op, capbset_drop.set), capability_flags },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "lowering the bounding set needs CAP_SETPCAP in the process's user namespace",
	  "unshare user first: in a user namespace of its own the child has it" },
	{ EINVAL, "this kernel knows no such capability", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	for (int cap = 0; cap < 64; cap++) {
		if (!(op->capbset_drop.set & CAPABILITY(cap)) ||
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		/* The first number that the kernel does not know ends the list. A filter may say EINVAL of others. */
		return errno == EINVAL && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0 ? 0 : -1;
	}
	return 0;
}

/* By a function: one call for each, where what is left says more than a long list of what goes. */
static void call(const struct op *op, pid_t pid, struct text *text)
{
	uint64_t set = op->capbset_drop.set, left = ~set;
	bool one = !(set & (set - 1));

	(void)pid;
	text_add(text, "prctl(PR_CAPBSET_DROP, ");
	if (!one)
		text_add(text, set >> 63 ? "each but " : "each of ");
	if (set >> 63 && __builtin_popcountll(left) > 4)
		capability_say(left, text);
	else
		op_say_flags(capability_flags, set >> 63 ? left : set, text);
	text_add(text, ")");
}

/* By a function: setpriv(1) wants a sign before each name. */
static void shell(const struct op *op, struct text *text)
{
	uint64_t set = op->capbset_drop.set;

	text_add(text, "setpriv --bounding-set ");
	if (set >> 63)
		text_add(text, "-all,");
	capability_list(set >> 63 ? ~set : set, set >> 63 ? "+" : "-", ",", text);
}

const struct op_info op_capbset_drop = {
	.name = "prctl", .man = "prctl(2)",
	.does = "take capabilities out of the bounding set: no execve(2) gives them back",
	.side = IN_CHILD, .gives_up = true, .needs = CAP_SETPCAP, .fields = fields, .hints = hints, .run = run,
	.call_by = call, .shell_by = shell,
};
