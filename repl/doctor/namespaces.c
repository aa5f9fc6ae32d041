/* Trials: namespaces and the maps of ids. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/await.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/net/inside.h"
#include "base/process/subids.h"
#include "doctor/ground.h"

/* An AppArmor profile lets it be made and refuses what it is for: the next call that takes a capability. */
int try_user(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	if (ground_user(outcome) < 0)
		return -1;
	return unshare(CLONE_NEWUTS) < 0 ? trial_failed(outcome, "uts", "unshare(CLONE_NEWUTS)") : 0;
}

int try_namespace(const struct trial *trial, struct outcome *outcome)
{
	char name[16] = "NS";

	for (size_t i = 0; trial->flag != CLONE_NEWNS && i < sizeof(name) - 1 && trial->name[i]; i++)
		name[i] = (char)toupper((unsigned char)trial->name[i]), name[i + 1] = '\0';
	if (unshare(trial->flag) < 0)
		return trial_failed(outcome, trial->name, "unshare(CLONE_NEW%s)", name);
	return 0;
}

int try_mounts(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	return ground_mounts(outcome);
}

static int nothing(const struct trial *trial, struct outcome *outcome)
{
	(void)trial, (void)outcome;
	return 0;
}

/* The namespace is the next child's. */
int try_pid(const struct trial *trial, struct outcome *outcome)
{
	return try_namespace(trial, outcome) < 0 ? -1 : ground_in_child(nothing, trial, outcome);
}

int try_hostname(const struct trial *trial, struct outcome *outcome)
{
	if (try_namespace(trial, outcome) < 0)
		return -1;
	return sethostname("stave", 5) < 0 ? trial_failed(outcome, "hostname", "sethostname(\"stave\", 5)") : 0;
}

/* ---- ranges of ids ---- */

static _Noreturn void enter_and_wait(int ready)
{
	char byte = (char)(unshare(CLONE_NEWUSER) < 0 ? errno : 0);

	/* A new user namespace ends an earlier wish. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (write(ready, &byte, 1) == 1)
		pause();
	_exit(0);
}

static int run_tool(const char *path, pid_t pid, unsigned id, const char *range, struct outcome *outcome)
{
	char number[20], own[20], first[24] = "";
	unsigned long from = 0;
	int status;

	snprintf(number, sizeof(number), "%d", pid);
	snprintf(own, sizeof(own), "%u", id);
	sscanf(range, "%lu", &from);
	snprintf(first, sizeof(first), "%lu", from);
	pid_t tool = fork();
	if (tool == 0) {
		execl(path, path, number, "0", own, "1", "1", first, "1", (char *)NULL);
		_exit(127);
	}
	if (tool < 0 || await_exit(tool, AWAIT_FOREVER, &status) < 0)
		return trial_failed(outcome, path, "fork()");
	errno = EPERM;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 :
	       trial_failed(outcome, path, "%s %s 0 %s 1 1 %s 1", path, number, own, first);
}

static int map_by_tools(pid_t pid, struct outcome *outcome)
{
	static const struct { const char *tool, *ranges; bool user; } each[] = {
		{ "newuidmap", "/etc/subuid", true }, { "newgidmap", "/etc/subgid", false },
	};
	char path[256], range[64];

	for (size_t i = 0; i < 2; i++) {
		cleanup_text struct text ranges = { 0 }, passwd = { 0 };
		errno = ENOENT;
		if (!inside_program(each[i].tool, path, sizeof(path)))
			return trial_failed(outcome, each[i].tool, "%s", "");
		if (read_file(AT_FDCWD, each[i].ranges, SUBIDS_MOST, &ranges) < 0)
			text_clear(&ranges);
		if (read_file(AT_FDCWD, "/etc/passwd", SUBIDS_MOST, &passwd) < 0)
			text_clear(&passwd);
		range[0] = '\0';
		if (ranges.len)
			subids_first(text_of(&ranges), text_of(&passwd), geteuid(), range, sizeof(range));
		errno = ENOENT;
		if (!range[0])
			return trial_failed(outcome, each[i].ranges, "%s", "");
		if (run_tool(path, pid, each[i].user ? geteuid() : getegid(), range, outcome) < 0)
			return -1;
	}
	return 0;
}

int try_idmap(const struct trial *trial, struct outcome *outcome)
{
	int ends[2], status;
	char byte = 0;

	(void)trial;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return trial_failed(outcome, "pipe", "pipe()");
	pid_t pid = fork();
	if (pid == 0)
		enter_and_wait(ends[1]);
	close(ends[1]);
	int ret = pid < 0 ? trial_failed(outcome, "fork", "fork()") : 0;
	if (ret == 0 && (read(ends[0], &byte, 1) != 1 || byte)) {
		errno = byte ? byte : ECHILD;
		ret = trial_failed(outcome, "user", "unshare(CLONE_NEWUSER)");
	}
	if (ret == 0)
		ret = map_by_tools(pid, outcome);
	if (pid > 0) {
		kill(pid, SIGKILL);
		await_exit(pid, AWAIT_FOREVER, &status);
	}
	close(ends[0]);
	return ret;
}
