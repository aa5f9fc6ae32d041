#include "child/ender.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

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

enum killed_by killed_by_limit(pid_t parent, int status, int64_t spent)
{
	struct rlimit limit;

	if (spent < 0 || (status != 128 + SIGKILL && status != 128 + SIGXCPU) || prlimit(parent, RLIMIT_CPU, NULL, &limit) < 0)
		return KILLED_UNKNOWN;
	rlim_t most = status == 128 + SIGKILL ? limit.rlim_max : limit.rlim_cur;
	return most != RLIM_INFINITY && (rlim_t)(spent / 1000000) >= most ? KILLED_BY_LIMIT : KILLED_UNKNOWN;
}
