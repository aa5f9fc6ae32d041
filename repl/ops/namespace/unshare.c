/* unshare(2): a process leaves namespaces it shares and gets new ones of its own. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "flags", FIELD_FLAGS, offsetof(struct op, unshare.flags), clone_flags },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "a new namespace needs CAP_SYS_ADMIN in the user namespace the child is in",
	  "unshare user first: in a user namespace of its own the child has it" },
	{ ENOSPC, "a limit of /proc/sys/user/max_*_namespaces is reached",
	  "!grep . /proc/sys/user/max_*" },
	{ EINVAL, "a kernel without this namespace type; or a second new pid or time namespace before a process has entered the first",
	  NULL },
	{ EUSERS, "the nesting limit of user namespaces (32) is reached", "reset" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return unshare((int)op->unshare.flags);
}

const struct op_info op_unshare = {
	.name = "unshare", .man = "unshare(2)", .does = "move into new namespaces: {flags}",
	.shell = "unshare{flags&CLONE_NEWUSER? --user}{flags&CLONE_NEWNS? --mount}"
		"{flags&CLONE_NEWPID? --pid}{flags&CLONE_NEWUTS? --uts}{flags&CLONE_NEWIPC? --ipc}"
		"{flags&CLONE_NEWNET? --net}{flags&CLONE_NEWCGROUP? --cgroup}{flags&CLONE_NEWTIME? --time}",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .credentials = true, .fields = fields, .hints = hints, .run = run,
};
