/* A child whose control group is frozen answers nothing and, on cgroup v1, does not even die. */
#pragma once

#include <sys/types.h>

struct error;
struct facts;
struct plan;

/* Refuse a plan that asks a frozen child for something: 0 when it is not frozen, or when the
 * shell does all of it; -1 with err, which names the group and what mends it. pid: the
 * child's. Looks only where the facts know the cgroups. */
int freezer_check(const struct facts *facts, const struct plan *plan, pid_t pid,
		  struct error *err);

/* Before process pid and what it has started is ended: those that cgroup v1 keeps frozen get their
 * SIGKILL and leave for the top of the hierarchy, where it reaches them. */
void freezer_release(const struct facts *facts, pid_t pid);
