/* The clock offsets of a time namespace that has no process yet: time_namespaces(7). */
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "offsets", FIELD_STRING, offsetof(struct op, timens.text) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EACCES, "offsets can be written only before the first process has entered the time namespace", "unshare time again, with the offsets" },
	{ EPERM, "it needs CAP_SYS_TIME in the user namespace that owns the time namespace", NULL },
	{ ERANGE, "the clock would be below zero: an offset is added to what the host's has counted since the boot", NULL },
	{ ENOENT, "the child sees no /proc", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return write_control(AT_FDCWD, "/proc/self/timens_offsets", op->timens.text);
}

const struct op_info op_timens = {
	.name = "write", .man = "time_namespaces(7)",
	.does = "set the clock offsets of the new time namespace: {offsets}",
	.call = "write(open(\"/proc/self/timens_offsets\"), {offsets|c})",
	.side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
