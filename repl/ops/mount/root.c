/* open(2) of a folder that is to become the root: what is made or mounted below it afterwards is
 * looked up from this descriptor, with links inside followed as if it were "/" already. */
#include <fcntl.h>

#include "ops/op.h"
#include "ops/place.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, root.path) },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	int fd = open(op->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)outcome;
	if (fd < 0)
		return -1;
	place_hold(stage->place, fd);
	return 0;
}

const struct op_info op_root = {
	.name = "open", .man = "open(2)", .does = "open {pathname}, the future root",
	.call = "root = open({pathname|c}, O_PATH|O_DIRECTORY)",
	.part = PART_PREPARES, .side = IN_CHILD, .back = BACK_NOTHING, .fields = fields, .hints = folder_hints, .run = run,
};
