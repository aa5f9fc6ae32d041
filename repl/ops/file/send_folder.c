/* open(2) with O_PATH, and the descriptor handed to the shell: a folder of the child's world that no
 * path leads to after a pivot, as the writable layer of its root, can then still be looked into
 * from outside. The child keeps nothing: a descriptor left open would be a way out for whatever
 * it becomes. */
#include <fcntl.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, send_folder.path) },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage;
	outcome->fds[0] = open(op->send_folder.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return outcome->fds[0] < 0 ? -1 : 0;
}

const struct op_info op_send_folder = {
	.name = "open", .man = "open(2)",
	.does = "hand the folder {pathname} to the shell, which can look into it after a pivot",
	.call = "sendmsg(shell, open({pathname|c}, O_PATH|O_DIRECTORY))",
	.part = PART_BOOKS, .side = IN_CHILD, .keeps = offsetof(struct op, send_folder.path), .back = BACK_NOTHING, .fields = fields, .hints = folder_hints, .run = run,
};
