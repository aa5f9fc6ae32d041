/* setns(2): join a namespace that exists, by a descriptor of /proc/PID/ns/TYPE. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "fd", FIELD_FD, offsetof(struct op, setns.fd) },
	{ "nstype", FIELD_FLAGS, offsetof(struct op, setns.nstype), clone_flags },
	{ "inode", FIELD_NUMBER, offsetof(struct op, setns.inode), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "joining needs CAP_SYS_ADMIN in the user namespace that owns the target and in the child's own; mnt also needs CAP_SYS_CHROOT in the latter",
	  "setns PID user joins the target's user namespace first, where that is below the child's" },
	{ EINVAL, "setns(2) leads to pid namespaces below the process's own alone", NULL },
	{ EACCES, "opening /proc/PID/ns needs permission to trace the process: the same user and no fewer capabilities, or CAP_SYS_PTRACE",
	  "run Stave as root, or as the user the process belongs to", true },
	{ ENOENT, "the process is gone, a zombie, or the kernel has no such namespace", NULL },
	{ ESRCH, "the process is gone", "ps --host lists the processes" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	struct stat st;

	(void)stage;
	if (fstat(op->setns.fd.fd, &st) < 0)
		return -1;
	/* Between the look and the opening of the file another process may have got the number. */
	if (op->setns.inode && op->setns.inode != st.st_ino) {
		outcome_say(outcome, "another process has its number now, or it is in another namespace");
		errno = ESRCH;
		return -1;
	}
	return setns(op->setns.fd.fd, (int)op->setns.nstype);
}

const struct op_info op_setns = {
	.name = "setns", .man = "setns(2)", .does = "join the namespace behind {fd}",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .credentials = true, .fields = fields, .hints = hints, .run = run,
};
