/* Parts of plans: control groups, on both versions of cgroups. cgroups(7). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/process.h"
#include "snapshot/cgroup/hierarchy.h"
#include "base/causes/causes.h"
#include "snapshot/cgroup/limits.h"
#include "words/plans/cgroup/cgroup.h"

/* ---- refusing ---- */

/* Which level of v2 does not hand the controller down. */
static void say_gap(const struct facts *facts, enum controller controller, struct error *err)
{
	const struct cgroup_place *place = &facts->cgroup[CONTROLLER_FREEZER];
	const char *name = controller_names[controller];
	char level[512];

	if (place->version != 2 || !hierarchy_gap(place, controller, level, sizeof(level))) {
		hierarchy_lacks(facts, controller, err);
		return;
	}
	fail_cause(err, CAUSE_CGROUP_GAP);
	fail_why(err, "%s has it but does not enable it for groups below: its cgroup.subtree_control "
		 "lacks %s", vis(level), name);
}

int check_cgroups(const struct facts *facts, struct error *err)
{
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (facts->cgroup[i].version)
			return 0;
	fail_id(err, ERR_CGROUP_UNMOUNTED, 0, "no cgroup file system with limits is mounted here");
	fail_why(err, "/proc/self/mountinfo has no cgroup2, and no cgroup (v1) with a controller of limits, "
		 "that another mount does not cover");
	return fail_fix(err, "%smount -t cgroup2 none /sys/fs/cgroup, then start Stave again",
			facts->root ? "!" : _("root mounts it: "));
}

static int fail_absent(const struct facts *facts, enum controller controller, struct error *err)
{
	const char *name = controller_names[controller];

	if (check_cgroups(facts, err) < 0)
		return -1;
	fail_id(err, ERR_CGROUP_CONTROLLER, 0, "cgroup controller %s is not available here", name);
	say_gap(facts, controller, err);
	if (facts->root)
		return -1;
	return fail_fix(err, "run Stave as root; or root writes [Service] Delegate=cpu cpuset io memory "
			"pids to /etc/systemd/system/user@.service.d/delegate.conf, and you log in again, "
			"then systemd-run --user --scope -p Delegate=yes stave");
}

static int fail_not_ours(const struct facts *facts, const struct cgroup_place *place,
			 struct error *err)
{
	fail_id(err, ERR_CGROUP_PLACE, place->refused, "cannot make a group in %s", vis(place->parent));
	if (place->refused == EROFS) {
		fail_cause(err, CAUSE_CGROUP_READ_ONLY);
		fail_why(err, "%s is mounted read-only, as inside a container", vis(place->mount));
		return fail_fix(err, "!mount -o remount,rw %s", vis(place->mount));
	}
	fail_cause(err, CAUSE_CGROUP_NOT_DELEGATED);
	if (facts->root && !facts->initial_userns) {
		fail_why(err, "root is root of this user namespace only, and the groups belong to somebody "
			 "outside of it");
		return fail_fix(err, "run Stave outside of the user namespace, as root or in a part of the "
				"cgroup tree that is delegated to you");
	}
	if (place->version == 1) {
		fail_why(err, "on cgroup v1 the groups belong to root, and nothing is delegated to you");
		return fail_fix(err, "run Stave as root; on cgroup v2 (systemd.unified_cgroup_hierarchy=1 on the "
				"kernel's command line) groups can be delegated to a user");
	}
	fail_why(err, "this part of the cgroup tree is not delegated to you");
	return fail_fix(err, "systemd-run --user --scope -p Delegate=yes stave, or run Stave as root; "
			"for controllers that are missing then, root writes [Service] Delegate=cpu cpuset io "
			"memory pids to /etc/systemd/system/user@.service.d/delegate.conf");
}

static int fail_no_file(const struct knob *knob, int version, struct error *err)
{
	fail_id(err, ERR_CGROUP_FILE, 0, "cgroup v%d has no limit of this kind (%s)", version, _(knob->idea));
	fail_why(err, "%s belongs to v%d; v%d has %s", version == 1 ? knob->v2 : knob->v1, 3 - version, version,
		 knob->instead);
	return -1;
}

/* v1 has no limit for swap alone. */
static bool lacks_memory(const struct limits_wanted *wanted, size_t i, int version)
{
	const char *value = wanted->list[i].value;

	return version == 1 && wanted->list[i].knob == KNOB_MEMORY_SWAP && value &&
	       strcmp(value, "max") != 0 && !strchr(value, ' ');
}

static int fail_swap_alone(struct error *err)
{
	fail_id(err, ERR_CGROUP_FILE, 0, "cgroup v1 cannot limit swap alone");
	fail_why(err, "memory.memsw.limit_in_bytes counts memory and swap together");
	return fail_fix(err, "set a memory limit as well");
}

static int fail_too_old(const struct facts *facts, const struct knob *knob, const char *file,
			struct error *err)
{
	fail_id(err, ERR_CGROUP_FILE, 0, "this kernel has no %s", file);
	return fail_why(err, "it came with Linux %d.%d, and this is %s", knob->since.major,
			knob->since.minor, vis(facts->kernel));
}

/* ---- where ---- */

static const struct cgroup_place *place_of(const struct context *context,
					   const struct limits_wanted *wanted, size_t i)
{
	return &context->facts->cgroup[knobs[wanted->list[i].knob].controller];
}

const char *own_group(const struct context *context, struct plan *plan, enum controller controller)
{
	const struct cgroup_place *place = &context->facts->cgroup[controller];
	const char *path = cgroup_of(context->child, place, controller);
	size_t length = strlen(context->session);
	char folder[512];

	if (!path || !cgroup_folder(place, path, folder, sizeof(folder)))
		return NULL;
	const char *name = path_name(folder);
	/* "stave-4711", or a container's "stave-4711-3"; not the shell's own "stave-4711-shell". */
	if (strncmp(name, context->session, length) != 0 ||
	    (name[length] && (name[length] != '-' || strcmp(name + length, "-shell") == 0)) ||
	    strcmp(path_parent(&plan->arena, folder), place->parent) != 0)
		return NULL;
	return arena_copy(&plan->arena, folder);
}

/* The group for a limit: the one called name, or else the child's own, made where it has none. */
static const char *folder_for(const struct context *context, struct plan *plan,
			      enum controller controller, const char *name)
{
	const struct cgroup_place *place = &context->facts->cgroup[controller];
	const char *own = name ? NULL : own_group(context, plan, controller);

	return own ? own : path_join(&plan->arena, place->parent, name ? name : context->session);
}

static bool same_hierarchy(const struct cgroup_place *a, const struct cgroup_place *b)
{
	return a->version == b->version && strcmp(a->mount, b->mount) == 0;
}

bool shares_hierarchy(const struct facts *facts, enum controller controller)
{
	for (enum controller i = 0; i < controller; i++)
		if (same_hierarchy(&facts->cgroup[i], &facts->cgroup[controller]))
			return true;
	return false;
}

/* Whether the hierarchy of limit i has come before: all of v2 is one, and v1 may have several
 * controllers on one. */
static bool has_come(const struct context *context, const struct limits_wanted *wanted, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (same_hierarchy(place_of(context, wanted, before), place_of(context, wanted, i)))
			return true;
	return false;
}

static bool controller_has_come(const struct limits_wanted *wanted, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (knobs[wanted->list[before].knob].controller == knobs[wanted->list[i].knob].controller)
			return true;
	return false;
}

static bool is_new(const struct context *context, struct plan *plan, enum controller controller,
		   const char *name)
{
	return name || !own_group(context, plan, controller);
}

/* ---- making them ---- */

static bool has_processes(const struct context *context, struct plan *plan, const char *folder)
{
	cleanup_text struct text list = { 0 };

	return eyes_read(context->eyes, path_join(&plan->arena, folder, "cgroup.procs"), 1 << 20, &list) == 0 &&
	       list.len > 0;
}

/* The group's processes go to a leaf below it. The root of the whole tree is exempt from the rule:
 * it alone has no cgroup.type. */
static void plan_leaf(const struct context *context, struct plan *plan, const char *parent)
{
	const char *leaf = arena_print(&plan->arena, "%s/%s-shell", parent, context->session);

	if (!eyes_find(context->eyes, path_join(&plan->arena, parent, "cgroup.type")) ||
	    !has_processes(context, plan, parent))
		return;
	plan_add_with(plan, OP_cgroup_mkdir, PLAN_MAY_EXIST)->cgroup_mkdir.path = leaf;
	struct op *op = plan_add(plan, OP_vacate);
	op->vacate.from = parent;
	op->vacate.to = leaf;
}

/* On v2 a controller's files are there once the group above has it in cgroup.subtree_control. list:
 * what that says, read when it is asked for first: all of v2 is one hierarchy. */
static void plan_enable(const struct context *context, struct plan *plan,
			const struct cgroup_place *place, enum controller controller, bool first,
			struct text *list)
{
	const char *name = controller_names[controller];

	if (place->version != 2 || controller == CONTROLLER_FREEZER)
		return;
	if (!list->len && eyes_read(context->eyes, path_join(&plan->arena, place->parent,
							     "cgroup.subtree_control"), 4096, list) < 0)
		text_clear(list);
	if (hierarchy_lists(text_of(list), controller))
		return;
	if (first)
		plan_leaf(context, plan, place->parent);
	plan_write(plan, place->parent, "cgroup.subtree_control", arena_print(&plan->arena, "+%s", name),
		   arena_print(&plan->arena, "-%s", name), 0);
}

void plan_write(struct plan *plan, const char *folder, const char *file, const char *value,
		const char *before, unsigned flags)
{
	struct op *op = plan_add_with(plan, OP_control, flags);

	op->control.path = path_join(&plan->arena, folder, file);
	op->control.value = value;
	op->control.before = before;
}

int check_place(const struct facts *facts, enum controller controller, struct error *err)
{
	const struct cgroup_place *place = &facts->cgroup[controller];

	if (place->version == 0)
		return fail_absent(facts, controller, err);
	return place->writable ? 0 : fail_not_ours(facts, place, err);
}

static int check_limit(const struct context *context, const struct limits_wanted *wanted, size_t i,
		       struct error *err)
{
	const struct facts *facts = context->facts;
	const struct knob *knob = &knobs[wanted->list[i].knob];
	const struct cgroup_place *place = place_of(context, wanted, i);
	const char *file = knob_file(knob, place->version);

	if (check_place(facts, knob->controller, err) < 0)
		return -1;
	/* The period of v1 is a part of v2's cpu.max. */
	if (!file && wanted->list[i].value && wanted->list[i].knob != KNOB_CPU_PERIOD)
		return fail_no_file(knob, place->version, err);
	if (lacks_memory(wanted, i, place->version))
		return fail_swap_alone(err);
	if (file && !facts_kernel(facts, knob->since.major, knob->since.minor))
		return fail_too_old(facts, knob, file, err);
	return 0;
}

static void plan_limit(const struct context *context, struct plan *plan, const char *folder,
		       const struct limits_wanted *wanted, size_t i, bool fresh)
{
	const struct knob *knob = &knobs[wanted->list[i].knob];
	int version = place_of(context, wanted, i)->version;
	const char *file = knob_file(knob, version);

	if (!file || !wanted->list[i].value)
		return;
	/* v1 keeps the limit on memory below that on memory and swap together, so that one goes
	 * out of the way first. */
	if (version == 1 && wanted->list[i].knob == KNOB_MEMORY_MAX && !fresh)
		plan_write(plan, folder, knobs[KNOB_MEMORY_SWAP].v1, "-1", NULL, PLAN_MAY_FAIL);
	plan_write(plan, folder, file, knob_text(knob, version, wanted->list[i].value, &plan->arena), NULL,
		   wanted->list[i].flags);
}

int plan_groups(const struct context *context, struct plan *plan, const char *name,
		const struct limits_wanted *wanted, struct error *err)
{
	cleanup_text struct text handed_down = { 0 };

	plan->stage = STAGE_LIMITS;
	for (size_t i = 0; i < wanted->count; i++)
		if (check_limit(context, wanted, i, err) < 0)
			return -1;
	for (size_t i = 0; i < wanted->count; i++)
		if (!controller_has_come(wanted, i))
			plan_enable(context, plan, place_of(context, wanted, i),
				    knobs[wanted->list[i].knob].controller, !has_come(context, wanted, i),
				    &handed_down);
	for (size_t i = 0; i < wanted->count; i++) {
		enum controller controller = knobs[wanted->list[i].knob].controller;
		const char *folder = folder_for(context, plan, controller, name);
		bool fresh = is_new(context, plan, controller, name);
		if (fresh && !has_come(context, wanted, i))
			plan_add_with(plan, OP_cgroup_mkdir, PLAN_MAY_EXIST)->cgroup_mkdir.path = folder;
		plan_limit(context, plan, folder, wanted, i, fresh);
	}
	return 0;
}

/* ---- joining them ---- */

static void plan_attach(struct plan *plan, const char *file)
{
	struct op *op = plan_add(plan, OP_attach);

	op->attach.file.path = file;
	op->attach.file.flags = O_WRONLY;
}

/* Whoever is gone by then is passed over. */
void plan_join(const struct context *context, struct plan *plan, const char *file)
{
	struct processes processes;
	int proc = context->pid ? proc_root() : -1;
	const char *folder = path_parent(&plan->arena, file);

	plan_attach(plan, file);
	if (proc < 0 || processes_take(proc, context->pid, &processes) < 0)
		return;
	for (size_t i = 0; i < processes.count; i++)
		if (processes.list[i].pid != context->pid)
			plan_write(plan, folder, "cgroup.procs",
				   arena_print(&plan->arena, "%d", processes.list[i].pid), NULL,
				   PLAN_MAY_FAIL);
	processes_done(&processes);
}

void plan_join_groups(const struct context *context, struct plan *plan, const char *name,
		      const struct limits_wanted *wanted, bool clone)
{
	plan->stage = STAGE_LIMITS;
	for (size_t i = 0; i < wanted->count; i++) {
		const struct cgroup_place *place = place_of(context, wanted, i);
		enum controller controller = knobs[wanted->list[i].knob].controller;
		if (has_come(context, wanted, i) || (clone && place->version == 2) ||
		    !is_new(context, plan, controller, name))
			continue;
		const char *file = path_join(&plan->arena, folder_for(context, plan, controller, name),
					     place->version == 1 ? "tasks" : "cgroup.procs");
		if (name)
			plan_attach(plan, file);
		else
			plan_join(context, plan, file);
	}
}

const char *group_to_clone_into(const struct context *context, struct plan *plan,
				const char *name, const struct limits_wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct cgroup_place *place = place_of(context, wanted, i);
		if (place->version == 2)
			return path_join(&plan->arena, place->parent, name);
	}
	return NULL;
}
