/* A process joins a control group: it writes "0", which means itself, to the group's file. The
 * shell opens the file, because the child may not see cgroupfs.
 *
 * On v1 the file is tasks: a single-threaded process that writes 0 there is spared the kernel's
 * lock on all thread groups, which costs 5 to 9 ms on an idle machine. On v2 it is cgroup.procs. */
#include <errno.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "file", FIELD_FD, offsetof(struct op, attach.file) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EACCES, "moving a process needs write access to cgroup.procs of the groups' common ancestor as well", "start inside the delegated part: systemd-run --user --scope -p Delegate=yes stave" },
	{ EBUSY, "the group enables controllers for groups below, so it takes no processes (the \"no "
		 "internal processes\" rule)", NULL },
	{ EOPNOTSUPP, "the group is in the state domain invalid: a sibling was made threaded", NULL },
	{ ENOSPC, "cpuset: the group has no cpus or no mems yet", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return write(op->attach.file.fd, "0", 1) == 1 ? 0 : -1;
}

const struct op_info op_attach = {
	.name = "write", .man = "cgroups(7)", .does = "join the control group of {file|sh}",
	.call = "write(open({file|c}), \"0\")",
	.shell = "echo 0 > {file|sh}",
	.side = IN_CHILD, .cgroup = offsetof(struct op, attach.file.path), .back = BACK_BY_VACATE, .back_path = offsetof(struct op, attach.file.path), .fields = fields, .hints = hints, .run = run,
};
