/* The id maps of a new user namespace, written from outside: user_namespaces(7). One id of its own can
 * be mapped without privilege, when setgroups(2) is denied first; ranges are asked of newuidmap(1) and
 * newgidmap(1), which hold them against /etc/subuid. */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/await.h"
#include "base/fd.h"
#include "base/text.h"
#include "ops/op.h"

enum { PATIENCE = 10000 /* ms for a process that does one thing */ };

static const struct field fields[] = {
	{ "uid_map", FIELD_STRING, offsetof(struct op, idmap.uid_map) },
	{ "gid_map", FIELD_STRING, offsetof(struct op, idmap.gid_map) },
	{ "setgroups", FIELD_STRING, offsetof(struct op, idmap.setgroups) },
	{ "by_newuidmap", FIELD_BOOL, offsetof(struct op, idmap.by_newuidmap) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "a map can be written once; without CAP_SETUID in the parent namespace it may have only one line, with your own id, and gid_map needs setgroups denied first. Ubuntu 23.10 and later forbid it to programs without an AppArmor profile (kernel.apparmor_restrict_unprivileged_userns)",
	  "unshare user --map auto asks newuidmap(1) for the range of /etc/subuid" },
	{ EINVAL, "the kernel does not take the lines of this map", NULL },
	{ EACCES, "/proc/PID belongs to root: the child is not dumpable", NULL },
	{ ENOENT, "newuidmap(1) and newgidmap(1) are not installed", "!apt install uidmap" },
	{ 0 }
};

/* The kernel takes a map only from a process in the new namespace or in the one around it. Where
 * that is none of ours, a process of its own goes there: whoever owns it has all capabilities in
 * it. user_namespaces(7), ioctl_nsfs(2). */
static int write_from_around(int proc, const char *name, const char *value)
{
	int status;

	cleanup_fd int new = openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
	cleanup_fd int around = new < 0 ? -1 : ioctl(new, NS_GET_PARENT);
	pid_t child = around < 0 ? -1 : fork();
	if (child == 0) {
		if (setns(around, CLONE_NEWUSER) < 0)
			_exit(EPERM); /* it is ours, and EPERM was meant */
		_exit(write_control(proc, name, value) < 0 ? errno : 0);
	}
	if (child < 0 || await_exit(child, PATIENCE, &status) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
	return errno ? -1 : 0;
}

static int write_map(const struct op_stage *stage, const char *name, const char *value,
		     struct op_outcome *outcome)
{
	if (!value)
		return 0;
	if (stage->proc < 0) {
		errno = ESRCH;
		return -1;
	}
	if (write_control(stage->proc, name, value) == 0 ||
	    (errno == EPERM && write_from_around(stage->proc, name, value) == 0))
		return 0;
	outcome_say(outcome, "it was /proc/%d/%s", stage->pid, name);
	return -1;
}

/* Its message is in the pipe: "newuidmap says: ...". */
static void keep_words(const char *tool, int words, int status, struct op_outcome *outcome)
{
	char said[160];
	ssize_t n = read(words, said, sizeof(said) - 1);
	size_t head = strlen(tool);

	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	const char *from = strncmp(said, tool, head) == 0 && strncmp(said + head, ": ", 2) == 0
				   ? said + head + 2 : said;
	if (*from)
		outcome_say(outcome, "%s says: %s", tool, vis(from));
	else
		outcome_say(outcome, "%s ended with status %d", tool,
			 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

enum { FOLDER = 3 /* /proc/PID in the tool's descriptors */ };

/* In the new process. An absolute path and no environment, because it is a setuid program that we start on
 * behalf of the user. */
static _Noreturn void become(const char *path, char *const *argv, int proc, int says)
{
	dup2(says, STDERR_FILENO);
	if (proc == FOLDER)
		fcntl(proc, F_SETFD, 0);
	else
		dup2(proc, FOLDER);
	execve(path, argv, (char *[]){ NULL });
	_exit(127);
}

/* TOOL TARGET, and each word of the map, however many lines that has. */
static char **words_of(struct arena *arena, const char *tool, const char *target, const char *map)
{
	char *words = arena_copy(arena, map), *save = NULL;
	char **ret = arena_new(arena, (strlen(map) / 2 + 4) * sizeof(*ret));
	size_t count = 0;

	ret[count++] = (char *)tool;
	ret[count++] = (char *)target;
	for (char *word = strtok_r(words, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		ret[count++] = word;
	ret[count] = NULL;
	return ret;
}

/* newuidmap TARGET INSIDE OUTSIDE COUNT...: its words are those of the map. *usage: it did not understand. */
static int ask_tool(const char *tool, const char *target, int proc, const char *map, bool *usage,
		    struct op_outcome *outcome)
{
	cleanup_arena struct arena arena = { 0 };
	char path[32], **argv = words_of(&arena, tool, target, map);
	int status, ends[2];

	*usage = false;
	snprintf(path, sizeof(path), "/usr/bin/%s", tool);
	if (access(path, X_OK) < 0 && errno == EACCES) {
		outcome_say(outcome, "%s may not be executed by this user", tool);
		errno = EPERM;
		return -1;
	}
	if (access(path, X_OK) < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	cleanup_fd int said = ends[0], says = ends[1];
	pid_t child = fork();
	if (child == 0)
		become(path, argv, proc, says);
	if (child < 0 || await_exit(child, PATIENCE, &status) < 0)
		return -1;
	if (status == 0)
		return 0;
	keep_words(tool, said, status, outcome);
	*usage = strstr(outcome->detail, "says: usage:") != NULL;
	errno = EPERM;
	return -1;
}

/* Whether the process of this folder has a map now: the tool may have found another of its number. */
static int has_map(int proc, const char *file)
{
	cleanup_text struct text map = { 0 };

	if (read_file(proc, file, 1 << 16, &map) < 0)
		return -1;
	errno = ESRCH;
	return map.len ? 0 : -1;
}

/* By its folder, which newuidmap(1) takes since shadow 4.14, else by its number. */
static int ask(const char *tool, const struct op_stage *stage, const char *file, const char *map,
	       struct op_outcome *outcome)
{
	char target[16];
	bool usage;

	if (stage->proc < 0) {
		errno = ESRCH;
		return -1;
	}
	snprintf(target, sizeof(target), "fd:%d", FOLDER);
	if (ask_tool(tool, target, stage->proc, map, &usage, outcome) == 0)
		return 0;
	if (!usage)
		return -1;
	outcome->detail[0] = '\0';
	snprintf(target, sizeof(target), "%d", stage->pid);
	if (ask_tool(tool, target, stage->proc, map, &usage, outcome) < 0)
		return -1;
	return has_map(stage->proc, file);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	if (op->idmap.by_newuidmap) {
		if (ask("newuidmap", stage, "uid_map", op->idmap.uid_map, outcome) < 0)
			return -1;
		return ask("newgidmap", stage, "gid_map", op->idmap.gid_map, outcome);
	}
	if (write_map(stage, "setgroups", op->idmap.setgroups, outcome) < 0 ||
	    write_map(stage, "uid_map", op->idmap.uid_map, outcome) < 0)
		return -1;
	return write_map(stage, "gid_map", op->idmap.gid_map, outcome);
}

static void say_one(pid_t pid, const char *name, const char *value, struct text *text)
{
	if (!value)
		return;
	if (text->len)
		text_add(text, "; ");
	text_add(text, "write(\"/proc/");
	if (pid)
		text_addf(text, "%d", pid);
	else
		text_add(text, "PID");
	text_addf(text, "/%s\", ", name);
	text_add_c(text, value);
	text_add(text, ")");
}

static void say_tool(pid_t pid, const char *tool, const char *map, struct text *text)
{
	text_add(text, tool);
	if (pid)
		text_addf(text, " %d ", pid);
	else
		text_add(text, " PID ");
	text_add_visible(text, map, strlen(map));
}

/* By a function: several calls, with the pid in their paths, and of maps the lines in one. */
static void call(const struct op *op, pid_t pid, struct text *text)
{
	cleanup_text struct text said = { 0 };

	if (op->idmap.by_newuidmap) {
		say_tool(pid, "newuidmap", op->idmap.uid_map, &said);
		text_add(&said, "; ");
		say_tool(pid, "newgidmap", op->idmap.gid_map, &said);
	} else {
		say_one(pid, "setgroups", op->idmap.setgroups, &said);
		say_one(pid, "uid_map", op->idmap.uid_map, &said);
		say_one(pid, "gid_map", op->idmap.gid_map, &said);
	}
	for (const char *p = text_of(&said); *p; p++)
		text_addn(text, *p == '\n' ? ";" : p, 1);
}

const struct op_info op_idmap = {
	.name = "idmap", .man = "user_namespaces(7)",
	.does = "map ids inside to ids outside: {uid_map}",
	.side = ON_HOST, .fields = fields, .hints = hints, .run = run, .call_by = call,
};
