/* cgroup freeze, thaw, kill, join, rm: the group's processes stop, go, end; the child moves. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/cgroup/hierarchy.h"
#include "snapshot/cgroup/limits.h"
#include "words/cgroup/cgroup.h"

static const struct cgroup_place *freezer(const struct context *context)
{
	return &context->facts->cgroup[CONTROLLER_FREEZER];
}

/* ---- freeze and thaw ---- */

static void plan_freezer(const struct context *context, struct plan *plan, const char *folder,
			 bool freeze)
{
	const struct knob *knob = &knobs[KNOB_FREEZE];
	int version = freezer(context)->version;

	plan_write(plan, folder, knob_file(knob, version),
		   knob_text(knob, version, freeze ? "1" : "0", &plan->arena),
		   freeze ? knob_text(knob, version, "0", &plan->arena) : NULL, 0);
	plan->changes = true;
}

int cgroup_freeze(const struct context *context, const struct words *words, struct plan *plan,
		  struct error *err)
{
	struct limits_wanted wanted = { .list[0].knob = KNOB_FREEZE, .count = 1 };
	const char *own = own_group(context, plan, CONTROLLER_FREEZER);

	(void)words;
	/* It has to be in the group before: into a frozen one nobody comes alive. */
	if (plan_groups(context, plan, NULL, &wanted, err) < 0)
		return fail_wrap(err, "cgroup");
	plan_join_groups(context, plan, NULL, &wanted, false);
	plan_freezer(context, plan, own ? own : path_join(&plan->arena, freezer(context)->parent,
							  context->session), true);
	plan->meaning = _("The kernel stops every process of the group, wherever it is, without a signal, "
			"so none of them can notice. cgroup v1 shows FROZEN in "
			"freezer.state, v2 1 in cgroup.freeze. Commands that need the child wait for "
			"cgroup thaw.");
	return 0;
}

int cgroup_thaw(const struct context *context, const struct words *words, struct plan *plan,
		struct error *err)
{
	const char *own = own_group(context, plan, CONTROLLER_FREEZER);
	char frozen[512];

	if (!own && context->pid &&
	    hierarchy_frozen(context->facts, context->pid, frozen, sizeof(frozen)))
		own = arena_copy(&plan->arena, frozen);
	if (!own) {
		fail_arg(err, ERR_CGROUP_NONE, words, 0, "the child is not in a group that can freeze");
		return fail_fix(err, "cgroup freeze makes one");
	}
	plan_freezer(context, plan, own, false);
	plan->meaning = _("The processes of the group continue where they were.");
	return 0;
}

/* ---- rm ---- */

/* Where processes of a group that goes are to be: the shell's leaf on v2 if it had to make one,
 * or the group that the shell is in. */
static const char *way_out(const struct context *context, struct plan *plan,
			   enum controller controller)
{
	const struct cgroup_place *place = &context->facts->cgroup[controller];
	const char *leaf = arena_print(&plan->arena, "%s/%s-shell", place->parent, context->session);
	const char *file = place->version == 1 ? "tasks" : "cgroup.procs";
	const char *shells = cgroup_of(context->host, place, controller);
	char folder[512];

	if (place->version == 2 && eyes_find(context->eyes, leaf))
		return path_join(&plan->arena, leaf, file);
	if (shells && cgroup_folder(place, shells, folder, sizeof(folder)))
		return path_join(&plan->arena, arena_copy(&plan->arena, folder), file);
	return path_join(&plan->arena, place->parent, file);
}

int cgroup_rm(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err)
{
	for (enum controller i = 0; i < CONTROLLERS; i++) {
		const char *own = own_group(context, plan, i);
		if (!own || shares_hierarchy(context->facts, i))
			continue;
		plan_join(context, plan, way_out(context, plan, i));
		plan_add(plan, OP_cgroup_rmdir)->cgroup_rmdir.path = own;
	}
	if (!plan->count) {
		fail_arg(err, ERR_CGROUP_NONE, words, 0, "the child has no control group of its own");
		return fail_fix(err, "cgroup cpu 20000 makes one");
	}
	plan->changes = true;
	plan->meaning = _("The child is back in the group that it came from, and its limits are gone with the folder.");
	return 0;
}

/* ---- kill ---- */

/* The one group whose processes are to end: v1's that can be frozen first, if there is one. */
static enum controller group_to_kill(const struct context *context, struct plan *plan)
{
	if (own_group(context, plan, CONTROLLER_FREEZER))
		return CONTROLLER_FREEZER;
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (own_group(context, plan, i))
			return i;
	return CONTROLLERS;
}

static void plan_attach(struct plan *plan, const char *file)
{
	struct op *op = plan_add(plan, OP_attach);

	op->attach.file.path = file;
	op->attach.file.flags = O_WRONLY;
}

int cgroup_kill(const struct context *context, const struct words *words, struct plan *plan,
		struct error *err)
{
	enum controller controller = group_to_kill(context, plan);

	if (controller == CONTROLLERS) {
		fail_arg(err, ERR_CGROUP_NONE, words, 0, "the child has no control group of its own");
		return fail_fix(err, "cgroup pids 100 makes one; kill ends a single process");
	}
	const struct cgroup_place *place = &context->facts->cgroup[controller];
	const char *own = own_group(context, plan, controller);
	plan_attach(plan, way_out(context, plan, controller));
	plan_add(plan, OP_cgroup_kill)->cgroup_kill.path = own;
	plan_attach(plan, path_join(&plan->arena, own, place->version == 1 ? "tasks" : "cgroup.procs"));
	plan->meaning = _("Every process in the group has ended; SIGKILL cannot be caught. The child left the group "
			"first, because it would have been killed too. v2 has cgroup.kill for this (Linux "
			"5.14); before, and on v1, each process gets a signal until none is left.");
	return 0;
}

/* ---- join ---- */

static bool is_folder(const struct context *context, const char *path)
{
	struct stat st;

	return eyes_stat(context->eyes, 0, path, false, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The group that path means in a hierarchy: a folder, or as /proc/PID/cgroup says it. NULL where
 * the hierarchy has none. */
static const char *group_in(const struct context *context, struct plan *plan,
			    const struct cgroup_place *place, const char *path)
{
	char folder[512];

	if (path_inside(place->mount, path))
		return is_folder(context, path) ? path : NULL;
	if (strncmp(path, "/sys/fs/cgroup/", 15) == 0 || !cgroup_folder(place, path, folder, sizeof(folder)))
		return NULL;
	return is_folder(context, folder) ? arena_copy(&plan->arena, folder) : NULL;
}

static bool is_there(const struct context *context, enum controller controller, const char *folder)
{
	const struct cgroup_place *place = &context->facts->cgroup[controller];
	const char *path = cgroup_of(context->child, place, controller);
	char now[512];

	return path && cgroup_folder(place, path, now, sizeof(now)) && strcmp(now, folder) == 0;
}

static int fail_nowhere(const struct words *words, const char *path, struct error *err)
{
	fail_arg(err, ERR_CGROUP_ABSENT, words, 1, "there is no control group %s", vis(path));
	return fail_fix(err, "cgroup tree lists the groups: a folder below /sys/fs/cgroup, or a path as in "
			"/proc/PID/cgroup");
}

/* The group's folder in a v1 hierarchy that has none of the known controllers: a named one, as
 * systemd's, or one of net_cls. NULL where path lies in none. */
static const char *group_elsewhere(const struct context *context, struct plan *plan, const char *path)
{
	const struct mount *mount = context->host->mounts ? mounts_find(context->host->mounts, path) : NULL;

	if (!mount || strcmp(mount->type, "cgroup") != 0 || !is_folder(context, path))
		return NULL;
	return arena_copy(&plan->arena, path);
}

/* The child's own group in that hierarchy, which /proc/PID/cgroup names as the mount does. */
static bool is_there_already(const struct context *context, const char *path)
{
	const struct mount *mount = mounts_find(context->host->mounts, path);
	const char *name = strstr(mount->super, "name=");
	size_t length = name ? strcspn(name, ",") : 0;

	for (size_t i = 0; length && i < context->child->cgroup_count; i++) {
		const struct membership *group = &context->child->cgroups[i];
		if (strlen(group->controllers) != length || strncmp(group->controllers, name, length) != 0)
			continue;
		const char *below = path_inside(mount->point, path);
		const char *inside = path_inside(mount->root, group->path);
		return below && inside && strcmp(below, inside) == 0;
	}
	return false;
}

int cgroup_join(const struct context *context, const struct words *words, struct plan *plan,
		struct error *err)
{
	const char *path = path_clean(&plan->arena, words->args[1].s);
	bool found = false;

	if (path[0] != '/')
		return fail_nowhere(words, path, err);
	for (enum controller i = 0; i < CONTROLLERS; i++) {
		const struct cgroup_place *place = &context->facts->cgroup[i];
		const char *folder = place->version ? group_in(context, plan, place, path) : NULL;
		found = found || folder;
		if (folder && !shares_hierarchy(context->facts, i) && !is_there(context, i, folder))
			plan_join(context, plan, path_join(&plan->arena, folder,
							   place->version == 1 ? "tasks" : "cgroup.procs"));
	}
	const char *elsewhere = found ? NULL : group_elsewhere(context, plan, path);
	if (elsewhere && !is_there_already(context, elsewhere))
		plan_join(context, plan, path_join(&plan->arena, elsewhere, "tasks"));
	if (!found && !elsewhere)
		return check_cgroups(context->facts, err) < 0 ? -1 : fail_nowhere(words, path, err);
	if (!plan->count)
		return fail_arg(err, ERR_CGROUP_SAME, words, 1, "the child is in that group already");
	plan->changes = true;
	plan->meaning = elsewhere ? _("The hierarchy counts and limits nothing by itself: it groups processes, as systemd's does.") :
			_("The limits of that group now apply to the child, together with all other processes "
			"in it. What the child has used so far stays charged to the group it left.");
	return 0;
}
