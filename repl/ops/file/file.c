/* A small new file, written whole: open(2), write(2), close(2). An existing one is replaced only
 * when it is a plain file; links are not followed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "ops/op.h"
#include "ops/place.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, file.path) },
	{ "text", FIELD_STRING, offsetof(struct op, file.text) },
	{ "mode", FIELD_MODE, offsetof(struct op, file.mode), .hidden = true },
	{ "inside", FIELD_BOOL, offsetof(struct op, file.inside), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "its parent folder does not exist in the child's root", NULL },
	{ ELOOP, "a symbolic link has that name, and Stave does not follow it", NULL },
	{ EACCES, "the child may not write to that folder", NULL },
	{ EROFS, "that file system is mounted read-only", NULL },
	{ ENOSPC, "the file system is full", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	const char *name;

	(void)outcome;
	int folder = place_parent(stage, op->file.inside, op->file.path, &name);
	if (folder == -1)
		return -1;
	cleanup_fd int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC |
				   O_NOCTTY, (mode_t)op->file.mode);
	if (fd < 0)
		return -1;
	return write_fd(fd, op->file.text, strlen(op->file.text));
}

const struct op_info op_file = {
	.name = "write", .man = "write(2)", .does = "write the file {pathname}",
	.call = "write({inside?openat({pathname|parent}}{inside!open({pathname|c}}, "
		"O_WRONLY|O_CREAT|O_TRUNC|O_NOFOLLOW, {mode}), {text|c}, {text|length})",
	.shell = "printf %s {text|sh} > {pathname|sh}",
	.side = IN_CHILD, .path = offsetof(struct op, file.path),
	.inside = offsetof(struct op, file.inside), .undo = UNDO_UNLINK,
	.undo_path = offsetof(struct op, file.path), .back = BACK_BY_RECORD, .fields = fields, .hints = hints, .run = run,
};
