/* open(2) for writing, without writing: on a union that alone copies a file of a lower layer up,
 * whole, because the layers below must not change. The report says how long it took. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, copyup.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "there is no such file in the child's root", NULL },
	{ EROFS, "the union has no writable layer, or was mounted read-only", NULL },
	{ EACCES, "the child may not write to it", NULL },
	{ EISDIR, "a folder is copied up when a name in it changes", NULL },
	{ ENOSPC, "the writable layer's file system is full", NULL },
	{ EOVERFLOW, "the file belongs to a user without a number in the child's user namespace, so the copy could not have that owner", "idmap shows the map" },
	{ ETXTBSY, "the program is running", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	uint64_t begun = clock_now();

	(void)stage;
	int fd = open(op->copyup.path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	uint64_t took = clock_now() - begun;
	if (fd < 0)
		return -1;
	close(fd);
	outcome_say(outcome, "took %llu.%03llu ms",
		 (unsigned long long)took / MILLISECOND, (unsigned long long)took / 1000 % 1000);
	return 0;
}

const struct op_info op_copyup = {
	.name = "open", .man = "open(2)", .does = "open {pathname} for writing",
	.call = "close(open({pathname|c}, O_WRONLY|O_NOFOLLOW))",
	.side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
