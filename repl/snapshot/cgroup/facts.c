/* Where the cgroup controllers are available. cgroups(7). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "snapshot/reading.h"
#include "snapshot/snapshot.h"
#include "snapshot/cgroup/hierarchy.h"
#include "snapshot/cgroup/usual.h"

const char *const controller_names[CONTROLLERS] = {
	[CONTROLLER_CPU] = "cpu", [CONTROLLER_CPUACCT] = "cpuacct",
	[CONTROLLER_CPUSET] = "cpuset", [CONTROLLER_MEMORY] = "memory",
	[CONTROLLER_PIDS] = "pids", [CONTROLLER_IO] = "io", [CONTROLLER_FREEZER] = "freezer",
};

enum { FILE_LIMIT = 1 << 20 };

const char *controller_name(enum controller controller, int version)
{
	return controller == CONTROLLER_IO && version == 1 ? "blkio" : controller_names[controller];
}

/* Mounts of hierarchies that a path can reach. */
struct places {
	const struct mount *list;
	size_t count;
};

static struct places reached(const struct mounts *mounts, struct arena *arena)
{
	struct mount *list = arena_new(arena, mounts->count * sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < mounts->count; i++)
		if (strncmp(mounts->list[i].type, "cgroup", strlen("cgroup")) == 0 &&
		    mounts_at(mounts, mounts->list[i].point) == &mounts->list[i])
			list[count++] = mounts->list[i];
	return (struct places){ list, count };
}

/* The mount of a v1 controller, or of v2 when controller is NULL: one that shows the whole hierarchy rather than a
 * part of it. */
static const struct mount *find_mount(struct places places, const char *controller)
{
	const struct mount *found = NULL;

	for (size_t i = 0; i < places.count; i++) {
		const struct mount *mount = &places.list[i];
		if (strcmp(mount->type, controller ? "cgroup" : "cgroup2") != 0 ||
		    (controller && !list_has(mount->super, controller, ",")))
			continue;
		if (!found || strlen(mount->root) < strlen(found->root))
			found = mount;
	}
	return found;
}

/* The shell's own group in a v1 controller's hierarchy, or in v2 when it is NULL. */
static const char *own_path(const struct reading *self, const char *controller)
{
	for (size_t i = 0; i < self->cgroup_count; i++) {
		const struct membership *group = &self->cgroups[i];
		if (controller ? list_has(group->controllers, controller, ",") :
				 group->hierarchy == 0 && !group->controllers[0])
			return group->path;
	}
	return NULL;
}

bool cgroup_folder(const struct cgroup_place *place, const char *path, char *ret, size_t size)
{
	/* A group above the root of the cgroup namespace is said as "/..": no mount shows it. */
	const char *inside = place->version ? path_inside(place->root, path) : NULL;

	if (!inside || strncmp(path, "/..", 3) == 0)
		return false;
	int length = snprintf(ret, size, "%s%s%s", place->mount, *inside ? "/" : "", inside);
	return length >= 0 && (size_t)length < size;
}

/* 0 where a group can be made and filled, else the errno: the folder is writable, and so is the list of
 * processes, because a process that moves another must be allowed to write to that of the groups' common
 * ancestor. */
static int refusal(const struct cgroup_place *place)
{
	char procs[sizeof(place->parent) + sizeof("/cgroup.procs")];

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", place->parent);
	return faccessat(AT_FDCWD, place->parent, W_OK | X_OK, AT_EACCESS) < 0 ||
	       faccessat(AT_FDCWD, procs, W_OK, AT_EACCESS) < 0 ? errno : 0;
}

/* Root of the whole machine may write wherever the mount is not read-only. */
static bool is_roots(const struct mount *mount, const struct facts *facts)
{
	return facts->uid == 0 && facts->root && facts->initial_userns &&
	       !list_has(mount->options, "ro", ",") && !list_has(mount->super, "ro", ",");
}

static void read_list(const char *folder, const char *name, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };

	if (read_file(AT_FDCWD, path_join(&arena, folder, name), FILE_LIMIT, ret) < 0)
		text_clear(ret);
}

/* Fill mount, root, own and parent; version stays 0 where they cannot be said. Root makes groups
 * below the mount's root instead of below the shell's own group: docker does so too, and another's
 * group (a session's, a service's) is left as it is. */
static void fill_place(const struct mount *mount, const char *path, int version,
		       const struct facts *facts, struct cgroup_place *ret)
{
	bool whole = facts->root && facts->initial_userns;
	struct cgroup_place place = { .version = version };
	char own[sizeof(place.parent)];

	if (strlen(mount->point) >= sizeof(place.mount) || strlen(mount->root) >= sizeof(place.root))
		return;
	strcpy(place.mount, mount->point);
	strcpy(place.root, mount->root);
	bool shown = path && cgroup_folder(&place, path, own, sizeof(own));
	if (!shown) {
		strcpy(own, place.mount);
		path = place.root;
	}
	int length = snprintf(place.own, sizeof(place.own), "/%s", path_inside(place.root, path));
	if (length < 0 || (size_t)length >= sizeof(place.own))
		return;
	strcpy(place.parent, whole ? place.mount : own);
	if (!is_roots(mount, facts))
		place.refused = shown || whole ? refusal(&place) : EACCES;
	place.writable = !place.refused;
	*ret = place;
}

static void fill_v1(struct places places, const struct reading *self, struct facts *facts)
{
	for (enum controller i = 0; i < CONTROLLERS; i++) {
		const struct mount *mount = find_mount(places, controller_name(i, 1));
		if (!mount)
			continue;
		fill_place(mount, own_path(self, controller_name(i, 1)), 1, facts, &facts->cgroup[i]);
		facts->cgroup[i].enabled = facts->cgroup[i].version != 0;
	}
}

/* What v1 has taken v2 has not. */
static bool v1_has_all(const struct facts *facts)
{
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (i != CONTROLLER_CPUACCT && i != CONTROLLER_FREEZER && !facts->cgroup[i].version)
			return false;
	return true;
}

/* Every controller that no v1 hierarchy has taken. cpuacct and freezer are not controllers of v2: every
 * group counts its time (cpu.stat) and can be frozen (cgroup.freeze). */
static void fill_v2(const struct mount *mount, const struct reading *self, struct facts *facts)
{
	cleanup_text struct text has = { 0 }, hands_down = { 0 };
	struct cgroup_place place = { 0 };

	fill_place(mount, own_path(self, NULL), 2, facts, &place);
	if (place.version == 0)
		return;
	if (!v1_has_all(facts)) {
		read_list(place.parent, "cgroup.controllers", &has);
		read_list(place.parent, "cgroup.subtree_control", &hands_down);
	}
	for (enum controller i = 0; i < CONTROLLERS; i++) {
		bool always = i == CONTROLLER_CPUACCT || i == CONTROLLER_FREEZER;
		if (facts->cgroup[i].version != 0 ||
		    (!always && !list_has(text_of(&has), controller_names[i], " \n")))
			continue;
		facts->cgroup[i] = place;
		facts->cgroup[i].enabled = always ||
			list_has(text_of(&hands_down), controller_names[i], " \n");
	}
}

static void fill(struct facts *facts, struct places places, const struct reading *self)
{
	const struct mount *v2 = find_mount(places, NULL);
	bool v1 = false;

	memset(facts->cgroup, 0, sizeof(facts->cgroup));
	fill_v1(places, self, facts);
	for (enum controller i = 0; i < CONTROLLERS; i++)
		v1 = v1 || facts->cgroup[i].version == 1;
	if (v2)
		fill_v2(v2, self, facts);
	facts->layout = v1 && v2 ? CGROUP_HYBRID : v1 ? CGROUP_V1 : v2 ? CGROUP_V2 : CGROUP_NONE;
	facts->cgroups_known = true;
}

static void fill_from(struct facts *facts, const char *mountinfo, struct reading *self)
{
	struct mounts *mounts = mounts_parse(mountinfo, NULL);

	fill(facts, reached(mounts, &self->arena), self);
	mounts_free(mounts);
}

void facts_cgroups_from(struct facts *facts, const char *mountinfo, const char *cgroup)
{
	struct reading self = { 0 };

	reading_parse_cgroups(cgroup, &self);
	fill_from(facts, mountinfo, &self);
	arena_done(&self.arena);
}

/* Whether v1 has all of these controllers. */
static bool v1_lists(const struct reading *self, unsigned wanted)
{
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if ((wanted >> i & 1) && !own_path(self, controller_name(i, 1)))
			return false;
	return true;
}

/* At least where the wanted controllers are. What v1 lacks v2 may have, and the table shows all. */
static void find(struct facts *facts, unsigned wanted)
{
	cleanup_text struct text mountinfo = { 0 }, cgroup = { 0 };
	struct mount usual[USUAL_CGROUPS];
	struct reading self = { 0 };
	size_t count = 0;

	if (read_single(AT_FDCWD, "/proc/self/cgroup", FILE_LIMIT, &cgroup) == 0) {
		reading_parse_cgroups(text_of(&cgroup), &self);
		wanted = v1_lists(&self, wanted) ? wanted : ALL_CONTROLLERS;
		count = usual_cgroups(&self, wanted, usual);
		if (!count && read_file(AT_FDCWD, "/proc/self/mountinfo", 64 << 20, &mountinfo) < 0)
			text_clear(&mountinfo);
	}
	if (count)
		fill(facts, (struct places){ usual, count }, &self);
	else
		fill_from(facts, text_of(&mountinfo), &self);
	facts->cgroups_known = !count || wanted == ALL_CONTROLLERS;
	facts->limits_known = true;
	arena_done(&self.arena);
}

void facts_cgroups(struct facts *facts)
{
	if (!facts->cgroups_known)
		find(facts, ALL_CONTROLLERS);
}

void facts_limits(struct facts *facts)
{
	if (!facts->cgroups_known && !facts->limits_known)
		find(facts, 1 << CONTROLLER_CPU | 1 << CONTROLLER_MEMORY | 1 << CONTROLLER_PIDS | 1 << CONTROLLER_FREEZER);
}
