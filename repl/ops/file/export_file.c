/* A file on the host that a person has named, whole or not at all: base/file/writer.h. open(2), write(2), rename(2),
 * by the shell. */
#include <errno.h>
#include <fcntl.h>

#include "base/error.h"
#include "base/file/writer.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, export_file.path) },
	{ "bytes", FIELD_BYTES, offsetof(struct op, export_file.bytes) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EACCES, "you may not write in that folder", "a path in a folder of yours" },
	{ EISDIR, "a folder has this name", "the name of a file in it" },
	{ ENOSPC, "the file system has no room left for it", "a path on another file system" },
	{ EROFS, "the file system is mounted read-only", "a path on another file system" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	struct error err;

	(void)stage;
	if (write_whole(AT_FDCWD, op->export_file.path, 0644, op->export_file.bytes.bytes,
			op->export_file.bytes.length, &err) == 0)
		return 0;
	outcome_say(outcome, "%s", err.what);
	errno = err.code ? err.code : EINVAL;
	return -1;
}

const struct op_info op_export_file = {
	.name = "write", .man = "write(2)", .does = "write {pathname}",
	.call = "write(open({pathname|c}, O_WRONLY|O_CREAT), {bytes})",
	.side = ON_HOST, .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
