/* write(2) to a control file of the host's, such as cpu.max, and read the value back: the kernel
 * may round it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "path", FIELD_STRING, offsetof(struct op, control.path) },
	{ "value", FIELD_STRING, offsetof(struct op, control.value) },
	{ "before", FIELD_STRING, offsetof(struct op, control.before), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EACCES, "this control file belongs to another user: the group is not delegated to you", "systemd-run --user --scope -p Delegate=yes stave, or run Stave as root", true },
	{ EPERM, "the file of a cgroup namespace's root can be changed only from outside", NULL },
	{ ENOENT, "the controller is not enabled in the group above, or this kernel has no such file", NULL },
	{ EINVAL, "the kernel does not take this value", NULL },
	{ EBUSY, "the group has processes, and on cgroup v2 only groups without processes can enable "
		 "controllers for groups below (the \"no internal processes\" rule)", NULL },
	{ ERANGE, "the number is out of range", NULL },
	{ 0 }
};

/* Lists of processes hold more than what was written. */
static bool is_list(const char *path)
{
	return strcmp(path_name(path), "cgroup.procs") == 0 || strcmp(path_name(path), "tasks") == 0;
}

/* v1's freezer stops one process after the other: FREEZING until the last one stands. */
static void await_frozen(const char *path)
{
	for (int tries = 0; tries < 100; tries++) {
		cleanup_text struct text text = { 0 };
		if (read_file(AT_FDCWD, path, 64, &text) < 0 || strcmp(text_of(&text), "FREEZING\n") != 0)
			return;
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
}

/* The line of the file that shows what was written: in a file with a line for each device the one that
 * begins like it. */
static const char *line_of(struct text *text, const char *value)
{
	size_t first = strcspn(value, " ");
	char *save = NULL, *line = strtok_r(text->s, "\n", &save);

	for (char *next = value[first] ? line : NULL; next; next = strtok_r(NULL, "\n", &save))
		if (strncmp(next, value, first) == 0 && next[first] == ' ')
			return next;
	return line;
}

static void read_back(const char *path, const char *value, struct op_outcome *outcome)
{
	cleanup_text struct text text = { 0 };

	if (is_list(path) || read_file(AT_FDCWD, path, 4096, &text) < 0 || text.len == 0)
		return;
	const char *line = line_of(&text, value);
	outcome_say(outcome, "reads back %s", vis(line ? line : ""));
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	if (write_control(AT_FDCWD, op->control.path, op->control.value) < 0)
		return -1;
	if (strcmp(path_name(op->control.path), "freezer.state") == 0)
		await_frozen(op->control.path);
	if (!stage->quiet)
		read_back(op->control.path, op->control.value, outcome);
	return 0;
}

const struct op_info op_control = {
	.name = "write", .man = "cgroups(7)", .does = "write {value} to {path}",
	.call = "write(open({path|c}), {value|c})",
	.shell = "echo {value|sh} > {path|sh}",
	.side = ON_HOST, .cgroup = offsetof(struct op, control.path), .undo = UNDO_WRITE, .undo_value = offsetof(struct op, control.before),
	.undo_path = offsetof(struct op, control.path), .back = BACK_BY_RECORD, .fields = fields, .hints = hints, .run = run,
};
