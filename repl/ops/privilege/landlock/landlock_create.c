/* landlock_create_ruleset(2): begin a set of rules: the rights that are taken away wherever no rule
 * gives them back. The descriptor stays in the child. Linux 5.13. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "ops/privilege/landlock/landlock.h"

static const struct field fields[] = {
	{ "handled", FIELD_FLAGS, offsetof(struct op, landlock_create.handled), landlock_rights },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOSYS, "Landlock came with Linux 5.13, and needs CONFIG_SECURITY_LANDLOCK",
	  "a newer kernel; until then, mounts: bindmount and readonly" },
	{ EOPNOTSUPP, "the kernel has Landlock, but it was not started at boot",
	  "add landlock to lsm= on the kernel's command line (CONFIG_LSM)" },
	{ EINVAL, "this kernel knows fewer access rights", NULL },
	{ EPERM, "a seccomp filter forbids it", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	int version = landlock_version();
	uint64_t handled = op->landlock_create.handled & landlock_known(version);

	if (version < 0)
		return -1;
	int fd = sys_landlock_create(&handled, sizeof(handled), 0);
	if (fd < 0)
		return -1;
	stage_hold(stage->ruleset, fd);
	outcome_say(outcome, "this kernel has Landlock's ABI %d: %d of "
		 "its rights over files are handled", version, __builtin_popcountll(handled));
	return 0;
}

const struct op_info op_landlock_create = {
	.name = "landlock_create_ruleset", .man = "landlock_create_ruleset(2)",
	.does = "create a ruleset that handles {handled}",
	.call = "ruleset = landlock_create_ruleset({handled_access_fs={handled|hex}}, 8, 0)",
	.side = IN_CHILD, .gives_up = true, .rule = true, .fields = fields, .hints = hints, .run = run,
};
