#include "child/ender.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/process/spent.h"
#include "child/child.h"

const char *killed_by_name(enum killed_by by)
{
	switch (by) {
	case KILLED_UNKNOWN:
		return NULL;
	case KILLED_BY_WORD:
		return "kill";
	case KILLED_BY_GROUP:
		return "cgroup kill";
	case KILLED_BY_KEY:
		return "ctrl-c";
	case KILLED_STILL:
		return "stopped";
	case KILLED_WITH_INIT:
		return "init";
	case KILLED_BY_LIMIT:
		return "cpu limit";
	}
	return NULL;
}

/* -1: none that could have ended it, or not known. */
static int64_t most_of(pid_t pid, bool soft)
{
	struct rlimit limit;

	/* Of a process of other ids (EPERM) it is that of this one, from which all have it: prlimit(2). */
	if (prlimit(pid, RLIMIT_CPU, NULL, &limit) < 0 && getrlimit(RLIMIT_CPU, &limit) < 0)
		return -1;
	rlim_t most = soft ? limit.rlim_cur : limit.rlim_max;
	return most == RLIM_INFINITY ? -1 : (int64_t)most;
}

int64_t limit_reached(pid_t pid, int signal, int64_t spent)
{
	int64_t most = spent >= 0 && (signal == SIGKILL || signal == SIGXCPU) ? most_of(pid, signal == SIGXCPU) : -1;

	return most >= 0 && spent / 1000000 >= most ? most : -1;
}

bool ended_collect(struct ended *ret, pid_t which, int flags, bool limits)
{
	siginfo_t info = { 0 };

	*ret = (struct ended){ .pid = -1, .spent = -1, .limit = -1 };
	if (waitid(which > 0 ? P_PID : P_ALL, which > 0 ? (id_t)which : 0, &info, WEXITED | WNOWAIT | flags) < 0 && errno != ECHILD && errno != EINTR) {
		/* A filter refuses it: without the time, then. */
		ret->pid = waitpid(which > 0 ? which : -1, &ret->status, flags);
		return ret->pid > 0;
	}
	if (!info.si_pid)
		return false;
	ret->spent = process_spent(info.si_pid);
	if (limits && info.si_code != CLD_EXITED)
		ret->limit = limit_reached(info.si_pid, info.si_status, ret->spent);
	ret->pid = waitpid(info.si_pid, &ret->status, 0);
	return ret->pid > 0;
}
