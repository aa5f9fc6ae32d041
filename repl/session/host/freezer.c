#include "session/host/freezer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "ops/plan.h"
#include "snapshot/facts.h"
#include "snapshot/process.h"
#include "snapshot/cgroup/hierarchy.h"

static bool asks_child(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (op_info(plan->ops[i].op.kind)->side == IN_CHILD)
			return true;
	return false;
}

int freezer_check(const struct facts *facts, const struct plan *plan, pid_t pid,
		  struct error *err)
{
	char group[512];

	if (!pid || !asks_child(plan) ||
	    !hierarchy_frozen(facts, pid, group, sizeof(group)))
		return 0;
	fail_id(err, ERR_CHILD_FROZEN, 0, "the child (pid %d) is frozen", pid);
	fail_why(err, "its control group %s is frozen: none of its processes runs, so the child cannot "
		      "answer",
		 vis(group));
	return fail_fix(err, "cgroup thaw");
}

void freezer_release(const struct facts *facts, pid_t pid)
{
	const struct cgroup_place *place = &facts->cgroup[CONTROLLER_FREEZER];
	cleanup_arena struct arena arena = { 0 };
	struct processes processes;
	char group[512], number[16];

	if (place->version != 1 || !hierarchy_frozen(facts, pid, group, sizeof(group)))
		return;
	int proc = proc_root();
	if (proc < 0 || processes_take(proc, pid, &processes) < 0)
		return;
	const char *top = path_join(&arena, place->mount, "cgroup.procs");
	for (size_t i = 0; i < processes.count; i++)
		kill(processes.list[i].pid, SIGKILL);
	for (size_t i = 0; i < processes.count; i++) {
		snprintf(number, sizeof(number), "%d", processes.list[i].pid);
		write_control(AT_FDCWD, top, number);
	}
	processes_done(&processes);
}
