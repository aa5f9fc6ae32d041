#include "snapshot/cgroup/usual.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "base/arena.h"
#include "snapshot/cgroup/hierarchy.h"

#define TOP "/sys/fs/cgroup"

/* PROC_CGROUP_INIT_INO of the kernel's include/linux/proc_ns.h. */
#define FIRST_NAMESPACE 0xeffffffbu

/* What the group at the top of a v1 hierarchy has by this controller alone; two have no such file. */
static const char *const marks[CONTROLLERS] = {
	[CONTROLLER_CPU] = "cpu.shares", [CONTROLLER_CPUACCT] = "cpuacct.usage",
	[CONTROLLER_CPUSET] = "cpuset.cpus", [CONTROLLER_MEMORY] = "memory.usage_in_bytes",
	[CONTROLLER_PIDS] = "tasks", [CONTROLLER_IO] = "blkio.reset_stats", [CONTROLLER_FREEZER] = "tasks",
};

struct found {
	unsigned wanted;
	dev_t devices[USUAL_CGROUPS];
	size_t device_count, count;
	struct mount *list;
	struct arena *arena;
};

/* Whether path is a folder, and the root of its file system, where kernfs begins to number. */
static bool is_root(const char *path, struct stat *st)
{
	return lstat(path, st) == 0 && S_ISDIR(st->st_mode) && st->st_ino == 1;
}

/* Whether path is the top of a hierarchy, and mark lies there. A file system that another mount covers does not
 * answer. */
static bool is_top(const char *path, const char *mark, unsigned long type, struct stat *st, bool *read_only)
{
	char file[512];
	struct statfs fs;

	if (snprintf(file, sizeof(file), "%s/%s", path, mark) >= (int)sizeof(file) || !is_root(path, st) ||
	    statfs(file, &fs) < 0 || (unsigned long)fs.f_type != type)
		return false;
	*read_only = fs.f_flags & ST_RDONLY;
	return true;
}

/* One hierarchy at two places is one of them mounted where another is looked for. */
static bool is_once(struct found *found, dev_t device)
{
	for (size_t i = 0; i < found->device_count; i++)
		if (found->devices[i] == device)
			return false;
	if (found->device_count == USUAL_CGROUPS)
		return false;
	found->devices[found->device_count++] = device;
	return true;
}

static bool add(struct found *found, const char *path, const char *mark, const char *controllers)
{
	bool v2 = !controllers[0], read_only;
	struct stat st;

	if (!is_top(path, mark, v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC, &st, &read_only) ||
	    !is_once(found, st.st_dev))
		return false;
	found->list[found->count++] = (struct mount){
		.root = "/", .point = arena_copy(found->arena, path), .options = read_only ? "ro" : "rw",
		.type = v2 ? "cgroup2" : "cgroup", .super = controllers,
	};
	return true;
}

/* Which of the known controllers a line of /proc/PID/cgroup names. */
static unsigned known_in(const char *controllers)
{
	unsigned ret = 0;

	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (list_has(controllers, controller_name(i, 1), ","))
			ret |= 1u << i;
	return ret;
}

/* One that is not wanted may still lie at the place of one that is: by its device that shows. */
static bool add_v1(struct found *found, const char *controllers)
{
	unsigned known = known_in(controllers);
	char path[256];
	struct stat st;

	if (!known)
		return true;
	if (snprintf(path, sizeof(path), TOP "/%s", controllers) >= (int)sizeof(path))
		return false;
	if (!(known & found->wanted))
		return !is_root(path, &st) || is_once(found, st.st_dev);
	return add(found, path, marks[__builtin_ctz(known)], controllers);
}

static bool add_v2(struct found *found)
{
	return add(found, TOP, "cgroup.procs", "") || add(found, TOP "/unified", "cgroup.procs", "");
}

static bool in_first_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/cgroup", &st) == 0 && st.st_ino == FIRST_NAMESPACE;
}

size_t usual_cgroups(struct reading *self, unsigned wanted, struct mount ret[USUAL_CGROUPS])
{
	struct found found = { .wanted = wanted, .list = ret, .arena = &self->arena };
	bool whole = self->cgroup_count && in_first_namespace();

	for (size_t i = 0; i < self->cgroup_count && whole; i++) {
		const struct membership *group = &self->cgroups[i];
		bool v2 = group->hierarchy == 0 && !group->controllers[0];
		whole = !v2 ? add_v1(&found, group->controllers) : wanted != ALL_CONTROLLERS || add_v2(&found);
	}
	return whole ? found.count : 0;
}
