/* unshare(2): a process leaves namespaces it shares and gets new ones of its own. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>

#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "flags", FIELD_FLAGS, offsetof(struct op, unshare.flags), clone_flags },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "a new namespace needs CAP_SYS_ADMIN in the user namespace the child is in",
	  "unshare user first: in a user namespace of its own the child has it" },
	{ ENOSPC, "a limit of /proc/sys/user/max_*_namespaces is reached, or 32 levels of nesting",
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

static void shell(const struct op *op, struct text *text)
{
	static const struct flag words[] = {
		{ "--user", CLONE_NEWUSER }, { "--mount", CLONE_NEWNS }, { "--pid", CLONE_NEWPID },
		{ "--uts", CLONE_NEWUTS }, { "--ipc", CLONE_NEWIPC }, { "--net", CLONE_NEWNET },
		{ "--cgroup", CLONE_NEWCGROUP }, { "--time", 0x80 }, { 0 }
	};

	text_add(text, "unshare");
	for (const struct flag *word = words; word->name; word++)
		if (op->unshare.flags & word->value)
			text_addf(text, " %s", word->name);
}

const struct op_info op_unshare = {
	.name = "unshare", .man = "unshare(2)", .does = "leave shared namespaces: {flags}",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .credentials = true, .fields = fields, .hints = hints, .run = run,
	.shell = shell,
};
