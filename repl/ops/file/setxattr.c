/* setxattr(2): an extended attribute on a file or folder. Overlay keeps its notes in those. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/xattr.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, setxattr.path) },
	{ "name", FIELD_STRING, offsetof(struct op, setxattr.name) },
	{ "value", FIELD_BYTES, offsetof(struct op, setxattr.value) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "trusted. attributes need CAP_SYS_ADMIN in the initial user namespace, user. attributes the ownership of the file or folder", NULL },
	{ EOPNOTSUPP, "the file system has no such attributes; tmpfs has user. ones since Linux 6.6", NULL },
	{ ENOENT, "nothing has that name", NULL },
	{ ENOSPC, "the file system has no room for it", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return lsetxattr(op->setxattr.path, op->setxattr.name, op->setxattr.value.bytes,
			 op->setxattr.value.length, 0);
}

const struct op_info op_setxattr = {
	.name = "lsetxattr", .man = "setxattr(2)", .does = "set the attribute {name} of {path} to {value}",
	.call = "lsetxattr({path|c}, {name|c}, {value|c}, {value|length}, 0)",
	.shell = "setfattr -h -n {name|sh} -v {value|sh} {path|sh}",
	.side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
