/* setresuid(2): the real, effective and saved user of a process, all three the same. */
#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "id", FIELD_ID, offsetof(struct op, setresuid.id) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EINVAL, "this user id has no mapping in the child's user namespace", "idmap shows the map" },
	{ EPERM, "changing to another user needs CAP_SETUID in the process's user namespace", "unshare user first", true },
	{ EAGAIN, "the user has as many processes as its limit allows: ulimit -u", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	uid_t id = (uid_t)op->setresuid.id;

	(void)stage, (void)outcome;
	return setresuid(id, id, id);
}

const struct op_info op_setresuid = {
	.name = "setresuid", .man = "setresuid(2)", .does = "become user {id}",
	.call = "setresuid({id}, {id}, {id})",
	.shell = "setpriv --reuid {id}",
	.side = IN_CHILD, .gives_up = true, .credentials = true, .fields = fields, .hints = hints, .run = run,
};
