/* Kill every process in a control group: cgroup.kill (Linux 5.14, v2), or a signal to each until
 * none is left. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "ops/undo/undo.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, cgroup_kill.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "the group is gone already", NULL },
	{ EACCES, "this part of the cgroup tree is not delegated to you", NULL },
	{ EBUSY, "new processes start faster than they can be killed", "cgroup pids 100, then cgroup kill" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_fd int group = open(op->cgroup_kill.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)stage, (void)outcome;
	return group < 0 ? -1 : undo_kill_group(group);
}

static bool has_kill(const struct op *op)
{
	cleanup_arena struct arena arena = { 0 };

	return access(path_join(&arena, op->cgroup_kill.path, "cgroup.kill"), F_OK) == 0;
}

/* By a function: which of the two ways is used depends on the kernel. */
static void call(const struct op *op, pid_t pid, struct text *text)
{
	cleanup_arena struct arena arena = { 0 };

	(void)pid;
	if (!has_kill(op))
		text_add(text, "kill(each pid of ");
	else
		text_add(text, "write(open(");
	text_add_c(text, path_join(&arena, op->cgroup_kill.path, has_kill(op) ? "cgroup.kill" : "cgroup.procs"));
	text_add(text, has_kill(op) ? "), \"1\")" : ", SIGKILL)");
}

/* By a function: as above. */
static void shell(const struct op *op, struct text *text)
{
	cleanup_arena struct arena arena = { 0 };

	text_add(text, has_kill(op) ? "echo 1 > " : "kill -9 $(cat ");
	text_add_sh(text, path_join(&arena, op->cgroup_kill.path, has_kill(op) ? "cgroup.kill" : "cgroup.procs"));
	text_add(text, has_kill(op) ? "" : ")");
}

const struct op_info op_cgroup_kill = {
	.name = "write", .man = "cgroups(7)", .does = "end every process in the control group {path}",
	.side = ON_HOST, .cgroup = offsetof(struct op, cgroup_kill.path), .fields = fields, .hints = hints, .run = run, .call_by = call, .shell_by = shell,
};
