#include "ops/op.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/text.h"

#define OP(name) extern const struct op_info op_##name;
#include "ops/list.h"
#undef OP

static const struct op_info *const table[OP_COUNT] = {
#define OP(name) [OP_##name] = &op_##name,
#include "ops/list.h"
#undef OP
};

const struct hint folder_hints[] = {
	{ ENOENT, "there is no such folder in the child's root", NULL },
	{ ENOTDIR, "it is not a folder", NULL },
	{ EACCES, "a folder on the way may not be searched", NULL },
	{ 0 }
};

const struct op_info *op_info(enum op_kind kind)
{
	return table[kind];
}

struct op op_new(enum op_kind kind)
{
	struct op op;

	memset(&op, 0, sizeof(op));
	op.kind = kind;
	for (const struct field *field = table[kind]->fields; field->name; field++) {
		void *at = (char *)&op + field->at;
		if (field->kind == FIELD_FD)
			((struct op_fd *)at)->fd = -1;
		else if (field->kind == FIELD_ID)
			*(uint64_t *)at = OP_NO_ID;
	}
	return op;
}

const char *op_string(const struct op *op, size_t at)
{
	return at ? *(const char *const *)(const void *)((const char *)op + at) : NULL;
}

/* Of a new namespace of any other type the kernel's unshare(2) changes no credentials. */
bool op_disarms(const struct op *op)
{
	return op_info(op->kind)->credentials &&
	       (op->kind != OP_unshare || (op->unshare.flags & CLONE_NEWUSER));
}

bool op_changes_one(const struct op *op)
{
	return op->kind == OP_mount && (op->mount.flags & (MS_REMOUNT | MS_MOVE | MS_PRIVATE | MS_SLAVE |
							   MS_SHARED | MS_UNBINDABLE));
}

bool op_changes_mounts(const struct op *op)
{
	return op->kind == OP_mount ? op_changes_one(op) : op_info(op->kind)->changes_mounts;
}

void outcome_say(struct op_outcome *outcome, const char *format, ...)
{
	int code = errno;
	va_list args;

	va_start(args, format);
	vsnprintf(outcome->detail, sizeof(outcome->detail), format, args);
	va_end(args);
	errno = code;
}

int op_run(const struct op *op, const struct op_stage *stage, struct op_outcome *ret)
{
	*ret = (struct op_outcome){ .before = -1, .fds = { -1, -1, -1 } };
	errno = 0;
	if (table[op->kind]->run(op, stage, ret) < 0) {
		ret->code = errno ? errno : EIO;
		return -1;
	}
	return 0;
}

const struct hint *op_hint(enum op_kind kind, int code)
{
	for (const struct hint *hint = table[kind]->hints; hint && hint->code; hint++)
		if (hint->code == code)
			return hint;
	return NULL;
}

void stage_hold(int *place, int fd)
{
	if (*place >= 0)
		close(*place);
	*place = fd;
}
