/* Parts of plans: the limits of a container that nobody asked for. They never fail it: where no group
 * can be made for one it is left out, and the report says so. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/process.h"
#include "snapshot/cgroup/hierarchy.h"
#include "words/plans/cgroup/cgroup.h"

static bool has_pid(const struct processes *processes, pid_t pid)
{
	for (size_t i = 0; i < processes->count; i++)
		if (processes->list[i].pid == pid)
			return true;
	return false;
}

/* Whether a group has processes that are not the shell's own. */
static bool has_others(const struct context *context, struct plan *plan, const char *folder)
{
	cleanup_text struct text list = { 0 };
	int proc = proc_root();
	struct processes processes;
	bool others = false;
	char *save = NULL;

	if (eyes_read(context->eyes, path_join(&plan->arena, folder, "cgroup.procs"), 1 << 20, &list) < 0 ||
	    proc < 0 || processes_take(proc, getpid(), &processes) < 0)
		return true;
	char *line = list.len ? strtok_r(list.s, "\n", &save) : NULL;
	for (; line && !others; line = strtok_r(NULL, "\n", &save)) {
		uint64_t pid;
		others = !parse_number(line, &pid) || !has_pid(&processes, (pid_t)pid);
	}
	processes_done(&processes);
	return others;
}

/* On v2 a group with processes hands no controller down, so these would have to be moved: what
 * nobody asked for is no reason to do that to others. */
static bool moves_others(const struct context *context, struct plan *plan,
			 const struct cgroup_place *place, enum controller controller)
{
	return place->version == 2 && !hierarchy_has(place->parent, "cgroup.subtree_control", controller) &&
	       eyes_find(context->eyes, path_join(&plan->arena, place->parent, "cgroup.type")) &&
	       has_others(context, plan, place->parent);
}

int check_default_limit(const struct context *context, struct plan *plan, enum controller controller,
			struct error *err)
{
	const struct cgroup_place *place = &context->facts->cgroup[controller];

	if (check_place(context->facts, controller, err) < 0)
		return -1;
	if (place->enabled || !moves_others(context, plan, place, controller))
		return 0;
	fail_id(err, ERR_CGROUP_BUSY, EBUSY, "%s has processes that are not Stave's, and on cgroup v2 "
	     "only groups without processes can enable controllers for groups below", vis(place->parent));
	return fail_fix(err, "systemd-run --user --scope -p Delegate=yes stave; or ask for the limits "
			"by their flags: then Stave moves these processes while the container runs");
}
