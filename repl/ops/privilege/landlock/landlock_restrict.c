/* landlock_restrict_self(2): from now on the rules hold for this process and all that descend from
 * it. Further sets add to it: what one of them takes away is gone. */
#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "ops/op.h"

static const struct field fields[] = { { 0 } };

static const struct hint hints[] = {
	{ EPERM, "it needs no_new_privs, or CAP_SYS_ADMIN in the process's user namespace", "nonewprivs" },
	{ EBADF, "no ruleset exists yet", NULL },
	{ E2BIG, "a process can have at most 16 rulesets", "undo takes some back" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_fd int ruleset = steal_fd(stage->ruleset);

	(void)op, (void)outcome;
	return sys_landlock_restrict(ruleset);
}

const struct op_info op_landlock_restrict = {
	.name = "landlock_restrict_self", .man = "landlock_restrict_self(2)",
	.does = "enforce the rules from now on",
	.call = "landlock_restrict_self(ruleset, 0)",
	.side = IN_CHILD, .gives_up = true, .rule = true, .fields = fields, .hints = hints, .run = run,
};
