/* setresgid(2): the real, effective and saved group of a process, all three the same. */
#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "id", FIELD_ID, offsetof(struct op, setresgid.id) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EINVAL, "this group id has no mapping in the child's user namespace", "idmap shows the map" },
	{ EPERM, "changing to another group needs CAP_SETGID in the process's user namespace", "unshare user first", true },
	{ EAGAIN, "the group has as many processes as its limit allows: ulimit -u", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	gid_t id = (gid_t)op->setresgid.id;

	(void)stage, (void)outcome;
	return setresgid(id, id, id);
}

const struct op_info op_setresgid = {
	.name = "setresgid", .man = "setresuid(2)", .does = "become group {id}",
	.call = "setresgid({id}, {id}, {id})",
	.shell = "setpriv --regid {id}",
	.side = IN_CHILD, .gives_up = true, .credentials = true, .fields = fields, .hints = hints, .run = run,
};
