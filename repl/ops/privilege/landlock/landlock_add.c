/* landlock_add_rule(2): give rights back below a path. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "ops/privilege/landlock/landlock.h"

static const struct field fields[] = {
	{ "access", FIELD_FLAGS, offsetof(struct op, landlock_add.access), landlock_rights },
	{ "path", FIELD_STRING, offsetof(struct op, landlock_add.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "there is no such path in the child's root", "tree shows what it has" },
	{ EBADF, "no ruleset exists yet", NULL },
	{ EBADFD, "the path is in a file system without real folders: a pipe, a socket", NULL },
	{ ENOMSG, "this kernel handles none of these access rights", NULL },
	{ EINVAL, "the ruleset does not handle one of these rights", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_fd int fd = open(op->landlock_add.path, O_PATH | O_CLOEXEC);
	struct __attribute__((packed)) { uint64_t allowed; int32_t parent; } rule = {
		op->landlock_add.access & landlock_known(landlock_version()), fd
	};
	struct stat st;

	(void)outcome;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		rule.allowed &= LL_OF_FILES;
	return sys_landlock_add(*stage->ruleset, &rule);
}

const struct op_info op_landlock_add = {
	.name = "landlock_add_rule", .man = "landlock_add_rule(2)",
	.does = "allow {access} below {path}",
	.call = "landlock_add_rule(ruleset, LANDLOCK_RULE_PATH_BENEATH, {{access|hex}, open({path|c})}, 0)",
	.side = IN_CHILD, .gives_up = true, .rule = true, .fields = fields, .hints = hints, .run = run,
};
