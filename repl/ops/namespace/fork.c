/* fork(2): a successor, which is the first to enter a new pid or time namespace. */
#include <errno.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = { { 0 } };

static const struct hint hints[] = {
	{ ENOMEM, "the pid namespace for children has lost its init: its first process ended, so no other can start. Memory is not short",
	  "reset, or unshare pid again" },
	{ EAGAIN, "the limit on processes is reached: ulimit -u, or pids.max of the cgroup", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)op, (void)stage;
	outcome->value = fork();
	return outcome->value < 0 ? -1 : 0;
}

const struct op_info op_fork = {
	.name = "fork", .man = "fork(2)",
	.does = "let the new process enter the new namespace and take the child's place",
	.part = PART_PREPARES, .side = IN_CHILD, .forks = true, .fields = fields, .hints = hints, .run = run,
};
