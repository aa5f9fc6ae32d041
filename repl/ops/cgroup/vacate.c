/* On cgroup v2 a group that has processes of its own cannot enable controllers for groups below
 * (the no internal processes rule). So the shell and what it started move from their group into
 * one below it, by writing each pid to that group's cgroup.procs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "base/process/process_stat.h"
#include "ops/op.h"
#include "ops/undo/undo.h"

static const struct field fields[] = {
	{ "from", FIELD_STRING, offsetof(struct op, vacate.from) },
	{ "to", FIELD_STRING, offsetof(struct op, vacate.to) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EBUSY, "a group with processes cannot enable controllers for groups below (the \"no internal "
		 "processes\" rule), and these processes are not Stave's to move",
	  "start Stave in a group of its own: systemd-run --user --scope -p Delegate=yes stave" },
	{ EACCES, "moving a process needs write access to cgroup.procs of both groups", "systemd-run --user --scope -p Delegate=yes stave, or run Stave as root", true },
	{ 0 }
};

/* This process, or one that it or one of its children has started. */
static bool is_ours(pid_t pid)
{
	for (int depth = 0; pid > 0 && depth < 1000; depth++) {
		if (pid == getpid())
			return true;
		pid = process_stat(pid).parent;
	}
	return false;
}

static void name_stranger(pid_t pid, struct text *names)
{
	const struct process_stat stranger = process_stat(pid);

	if (!stranger.pid)
		return;
	text_addf(names, "%s%s (pid %d)", names->len ? ", " : "", vis(stranger.comm), pid);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_text struct text members = { 0 }, strangers = { 0 };
	char path[512], *save = NULL;

	(void)stage;
	snprintf(path, sizeof(path), "%s/cgroup.procs", op->vacate.from);
	if (read_file(AT_FDCWD, path, 1 << 20, &members) < 0)
		return -1;
	cleanup_free char *list = text_copy(text_of(&members));
	for (char *line = strtok_r(list, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (!is_ours(atoi(line)))
			name_stranger(atoi(line), &strangers);
	if (strangers.len) {
		outcome_say(outcome, "in the way: %s", text_of(&strangers));
		errno = EBUSY;
		return -1;
	}
	return undo_move_group(op->vacate.from, op->vacate.to);
}

/* By a function: a folder and a file in it are one string of C. */
static void call(const struct op *op, pid_t pid, struct text *text)
{
	cleanup_arena struct arena arena = { 0 };

	(void)pid;
	text_add(text, "write(open(");
	text_add_c(text, path_join(&arena, op->vacate.to, "cgroup.procs"));
	text_add(text, "), each pid of ");
	text_add_c(text, path_join(&arena, op->vacate.from, "cgroup.procs"));
	text_add(text, ")");
}

const struct op_info op_vacate = {
	.name = "write", .man = "cgroups(7)",
	.does = "move the shell and its processes from the control group {from} to {to}",
	.shell = "for pid in $(cat {from|sh}/cgroup.procs); do echo $pid > {to|sh}/cgroup.procs; done",
	.side = ON_HOST, .cgroup = offsetof(struct op, vacate.from), .undo = UNDO_VACATE, .undo_value = offsetof(struct op, vacate.from), .undo_path = offsetof(struct op, vacate.to),
	.back = BACK_BY_RECORD, .fields = fields, .hints = hints, .run = run, .call_by = call,
};
