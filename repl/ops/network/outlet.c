/* Carry what leaves by an interface of another network namespace into the world: pasta(1) or slirp4netns(1),
 * programs of the host's. A process of the session's runs it: session/host/forward/outlet.c. */
#include <errno.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "program", FIELD_STRING, offsetof(struct op, outlet.program) },
	{ "name", FIELD_STRING, offsetof(struct op, outlet.name) },
	{ "dns", FIELD_STRING, offsetof(struct op, outlet.dns) },
	{ "pasta", FIELD_BOOL, offsetof(struct op, outlet.pasta) },
	{ "net", FIELD_FD, offsetof(struct op, outlet.net) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "the program is there no more", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)op, (void)stage, (void)outcome;
	errno = ENOSYS;
	return -1;
}

const struct op_info op_outlet = {
	.name = "execve", .man = "pasta(1)",
	.does = "carry what leaves by {name} into the world, and the answers",
	.call = "execve({program|c}, {{pasta?\"pasta\", \"--config-net\", \"-I\", {name|c}, \"--netns\"}"
		"{pasta!\"slirp4netns\", \"--configure\", {name|c}}, {net}})",
	.side = ON_HOST, .back = BACK_NOTHING, .fields = fields, .hints = hints, .run = run,
};
