/* sethostname(2): one of the two names a UTS namespace holds. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "name", FIELD_STRING, offsetof(struct op, sethostname.name) },
	{ "before", FIELD_STRING, offsetof(struct op, sethostname.before), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "the name needs CAP_SYS_ADMIN in the user namespace that owns the UTS namespace; one made before unshare user still belongs to the parent",
	  "unshare uts, after unshare user" },
	{ EINVAL, "a host name has at most 64 bytes", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return sethostname(op->sethostname.name, strlen(op->sethostname.name));
}

const struct op_info op_sethostname = {
	.name = "sethostname", .man = "sethostname(2)", .does = "name the host {name}",
	.call = "sethostname({name|c}, {name|length})",
	.shell = "hostname {name|sh}",
	.side = IN_CHILD, .needs = CAP_SYS_ADMIN, .undo = UNDO_HOSTNAME, .undo_value = offsetof(struct op, sethostname.before),
	.undo_path = offsetof(struct op, sethostname.name), .back = BACK_BY_HOSTNAME, .fields = fields, .hints = hints, .run = run,
};
