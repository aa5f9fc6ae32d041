/* Calls that change nothing, each with an argument for which the kernel has an answer of its own before or
 * instead of EPERM: whoever gives another has not looked at the argument. seccomp(2). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "doctor/trial.h"

static void judge(struct outcome *outcome, const char *call, int answer, int kernels)
{
	if (answer == kernels)
		return;
	snprintf(outcome->filtered, sizeof(outcome->filtered), "%s: %s, %s", call, answer ? errno_name(answer) : "0",
		 kernels ? errno_name(kernels) : "0");
}

/* The path is looked up before the capability. */
void ask_mount(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	judge(outcome, "mount(NULL, \"/proc/self/no\", NULL, 0, NULL)",
	      mount(NULL, "/proc/self/no", NULL, 0, NULL) < 0 ? errno : 0, ENOENT);
}

/* A flag that no kernel knows is refused before anything else is looked at. What is made in the new namespace makes
 * other calls. */
void ask_unshare(const struct trial *trial, struct outcome *outcome)
{
	int flag = trial->flag ? trial->flag : CLONE_NEWUSER;
	char call[60];

	if (strcmp(outcome->about, "hostname") == 0) {
		judge(outcome, "sethostname(\"\", -1)", sys_sethostname("", -1) < 0 ? errno : 0, EINVAL);
		return;
	}
	if (strcmp(outcome->about, "private") == 0) {
		ask_mount(trial, outcome);
		return;
	}
	snprintf(call, sizeof(call), "unshare(0x%x|1)", (unsigned)flag);
	judge(outcome, call, unshare(flag | 1) < 0 ? errno : 0, EINVAL);
}

void ask_pivot(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	judge(outcome, "pivot_root(\"/proc/self/no\", \"/proc/self/no\")",
	      sys_pivot_root("/proc/self/no", "/proc/self/no") < 0 ? errno : 0, ENOENT);
}

void ask_keyctl(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	judge(outcome, "keyctl(-1)", sys_keyctl(-1, 0, 0) < 0 ? errno : 0, EOPNOTSUPP);
}

void ask_ptrace(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	judge(outcome, "ptrace(PTRACE_CONT, 0)", ptrace(PTRACE_CONT, 0, 0, 0) < 0 ? errno : 0, ESRCH);
}

void ask_socket(const struct trial *trial, struct outcome *outcome)
{
	cleanup_fd int fd = socket(AF_NETLINK, SOCK_RAW, -1);

	(void)trial;
	judge(outcome, "socket(AF_NETLINK, SOCK_RAW, -1)", fd < 0 ? errno : 0, EPROTONOSUPPORT);
}

/* By what the reader was refused: a namespace, else a step towards its root. */
void ask_archive(const struct trial *trial, struct outcome *outcome)
{
	struct trial its = *trial;

	if (strcmp(outcome->about, "pivot") == 0) {
		ask_pivot(trial, outcome);
		return;
	}
	if (strcmp(outcome->about, "private") != 0 && strcmp(outcome->about, "bind") != 0) {
		for (enum trial_id i = TRIAL_USER; i <= TRIAL_CGROUP; i++)
			if (strcmp(outcome->about, trials[i].name) == 0)
				its.flag = trials[i].flag;
		ask_unshare(&its, outcome);
		return;
	}
	ask_mount(trial, outcome);
}
