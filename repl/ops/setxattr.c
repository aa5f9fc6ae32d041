/* setxattr(2): what makes a folder of an overlay's layer opaque. */
#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, setxattr.path) },
	{ "name", FIELD_STRING, offsetof(struct op, setxattr.name) },
	{ "value", FIELD_STRING, offsetof(struct op, setxattr.value) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "trusted.* attributes need CAP_SYS_ADMIN in the initial user namespace; in a user namespace overlay uses user.overlay.* (mounted with userxattr)",
	  NULL },
	{ EOPNOTSUPP, "this file system keeps no such extended attributes (tmpfs has user.* since Linux 6.6)",
	  "union with --upper DIR on a disk" },
	{ ENOENT, "there is no such folder", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return setxattr(op->setxattr.path, op->setxattr.name, op->setxattr.value,
			strlen(op->setxattr.value), 0);
}

static void say(const struct op *op, pid_t pid, struct text *text)
{
	(void)pid;
	text_add(text, "setxattr(");
	text_add_c(text, op->setxattr.path);
	text_add(text, ", ");
	text_add_c(text, op->setxattr.name);
	text_add(text, ", ");
	text_add_c(text, op->setxattr.value);
	text_addf(text, ", %zu, 0)", strlen(op->setxattr.value));
}

static void shell(const struct op *op, struct text *text)
{
	text_addf(text, "setfattr -n %s -v ", op->setxattr.name);
	text_add_sh(text, op->setxattr.value);
	text_add(text, " ");
	text_add_sh(text, op->setxattr.path);
}

const struct op_info op_setxattr = {
	.name = "setxattr", .man = "setxattr(2)", .does = "set {name}={value} on {path}",
	.side = IN_CHILD, .fields = fields, .hints = hints, .run = run, .say = say, .shell = shell,
};
