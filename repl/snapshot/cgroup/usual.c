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
	dev_t devices[USUAL_CGROUPS];
	size_t count;
	struct mount *list;
	struct arena *arena;
};

/* Whether path, a folder, is the top of a hierarchy, where kernfs begins to number, and mark lies there. A file
 * system that another mount covers does not answer. */
static bool is_top(const char *path, const char *mark, unsigned long type, struct stat *st, bool *read_only)
{
	char file[512];
	struct statfs fs;

	if (snprintf(file, sizeof(file), "%s/%s", path, mark) >= (int)sizeof(file) ||
	    lstat(path, st) < 0 || !S_ISDIR(st->st_mode) || st->st_ino != 1 ||
	    statfs(file, &fs) < 0 || (unsigned long)fs.f_type != type)
		return false;
	*read_only = fs.f_flags & ST_RDONLY;
	return true;
}

/* One hierarchy at two places is one of them mounted where another is looked for. */
static bool add(struct found *found, const char *path, const char *mark, const char *controllers)
{
	bool v2 = !controllers[0], read_only;
	struct stat st;

	if (found->count == USUAL_CGROUPS ||
	    !is_top(path, mark, v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC, &st, &read_only))
		return false;
	for (size_t i = 0; i < found->count; i++)
		if (found->devices[i] == st.st_dev)
			return false;
	found->devices[found->count] = st.st_dev;
	found->list[found->count++] = (struct mount){
		.root = "/", .point = arena_copy(found->arena, path), .options = read_only ? "ro" : "rw",
		.type = v2 ? "cgroup2" : "cgroup", .super = controllers,
	};
	return true;
}

static bool add_v1(struct found *found, const char *controllers)
{
	char path[256];

	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (list_has(controllers, controller_name(i, 1), ","))
			return snprintf(path, sizeof(path), TOP "/%s", controllers) < (int)sizeof(path) &&
			       add(found, path, marks[i], controllers);
	return true;
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

size_t usual_cgroups(struct reading *self, struct mount ret[USUAL_CGROUPS])
{
	struct found found = { .list = ret, .arena = &self->arena };
	bool whole = self->cgroup_count && in_first_namespace();

	for (size_t i = 0; i < self->cgroup_count && whole; i++) {
		const struct membership *group = &self->cgroups[i];
		bool v2 = group->hierarchy == 0 && !group->controllers[0];
		whole = v2 ? add_v2(&found) : add_v1(&found, group->controllers);
	}
	return whole ? found.count : 0;
}
