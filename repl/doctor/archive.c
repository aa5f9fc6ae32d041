/* The trial of stave-archive: the program itself puts up its walls, and reads nothing. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/process/own.h"
#include "doctor/ground.h"

enum { MOST = 4096 };

/* Whether it needs no user namespace: as it decides itself. */
static bool is_root(void)
{
	struct sys_caps sets;

	return geteuid() == 0 && sys_capget(0, &sets) == 0 && (sets.effective >> CAP_SYS_ADMIN & 1);
}

static int try_part(const struct trial *part, struct outcome *outcome)
{
	if (!is_root() && ground_user(outcome) < 0)
		return -1;
	return try_namespace(part, outcome);
}

/* It asks for several at once: each is asked for alone, to see which one was refused. Returns its name. */
static const char *refused_part(struct outcome *outcome)
{
	for (enum trial_id i = TRIAL_MNT; i <= TRIAL_CGROUP; i++)
		if (ground_in_child(try_part, &trials[i], outcome) < 0)
			return trials[i].name;
	return "namespaces";
}

/* What the call that it names is about. */
static const char *about(const char *call, struct outcome *outcome)
{
	static const struct { const char *call, *about; } calls[] = {
		{ "execve(", "stave-archive" }, { "unshare(CLONE_NEWUSER)", "user" }, { "write /proc/self/uid_map", "user" },
		{ "unshare(CLONE_NEWCGROUP)", "cgroup" }, { "mount(MS_PRIVATE)", "private" }, { "mount(", "bind" },
		{ "pivot_root", "pivot" }, { "umount2(", "pivot" },
	};

	for (size_t i = 0; i < COUNT(calls); i++)
		if (strncmp(call, calls[i].call, strlen(calls[i].call)) == 0)
			return calls[i].about;
	return strncmp(call, "unshare(", strlen("unshare(")) == 0 ? refused_part(outcome) : "walls";
}

/* {"error": {"code": 1, "what": "the archive reader cannot be confined: unshare(CLONE_NEWUSER)"}} */
static int judge(const char *said, struct outcome *outcome)
{
	json_t *line = json_loads(said, JSON_DISABLE_EOF_CHECK, NULL), *error = json_object_get(line, "error");
	const char *what = json_string_value(json_object_get(error, "what"));
	char call[sizeof(outcome->call)];

	if (json_object_get(line, "result")) {
		json_decref(line);
		return 0;
	}
	const char *last = what ? strstr(what, ": ") : NULL;
	snprintf(call, sizeof(call), "%s", last ? last + 2 : "stave-archive");
	int code = (int)json_integer_value(json_object_get(error, "code"));
	json_decref(line);
	const char *its = about(call, outcome);
	errno = code ? code : ECHILD;
	return trial_failed(outcome, its, "%s", call);
}

static _Noreturn void become_reader(char *path, char *folder, int output)
{
	char target[] = "--target", limit[] = "--limit", bytes[] = "4096", work[] = "confine";
	char *const argv[] = { path, work, limit, bytes, target, folder, NULL }, *const envp[] = { NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	dup2(output, STDOUT_FILENO);
	execve(path, argv, envp);
	dprintf(STDOUT_FILENO, "{\"error\": {\"code\": %d, \"what\": \": execve(\\\"stave-archive\\\")\"}}\n", errno);
	_exit(0);
}

static int confine_reader(char *path, char *folder, struct outcome *outcome)
{
	char said[MOST] = "";
	size_t used = 0;
	ssize_t n;
	int ends[2], status = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return trial_failed(outcome, "pipe", "pipe2()");
	pid_t pid = fork();
	if (pid == 0)
		become_reader(path, folder, ends[1]);
	if (pid < 0)
		return trial_failed(outcome, "fork", "fork()");
	close(ends[1]);
	while (used < sizeof(said) - 1 && (n = read(ends[0], said + used, sizeof(said) - 1 - used)) > 0)
		used += (size_t)n;
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	errno = ENOENT;
	/* ld.so(8) says so on standard error, which is nobody's. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return trial_failed(outcome, "stave-archive", "exit(127)");
	return judge(said, outcome);
}

/* It is shown an empty folder of its own, as its store's: in a mount namespace that an ordinary user has made, a
 * folder with mounts below it cannot be bound without them. mount_namespaces(7). */
int try_archive(const struct trial *trial, struct outcome *outcome)
{
	static const char *const places[] = { "/tmp", "/var/tmp", "/dev/shm", "/run" };
	char path[4200], *folder = outcome->folder;

	(void)trial;
	if (!own_program("stave-archive", path, sizeof(path)))
		return trial_failed(outcome, "stave-archive", "%s", "");
	for (size_t i = 0; i < COUNT(places); i++) {
		snprintf(folder, sizeof(outcome->folder), "%s/stave-doctor-%d.XXXXXX", places[i], getpid());
		if (!mkdtemp(folder))
			continue;
		int ret = confine_reader(path, folder, outcome), code = errno;
		rmdir(folder);
		folder[0] = '\0';
		errno = code;
		return ret;
	}
	trial_failed(outcome, "mkdtemp", "mkdtemp(\"%s\")", folder);
	folder[0] = '\0';
	return -1;
}
