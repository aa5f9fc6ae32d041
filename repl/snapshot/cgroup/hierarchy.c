#include "snapshot/cgroup/hierarchy.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "snapshot/reading.h"
#include "snapshot/cgroup/limits.h"

enum { FILE_LIMIT = 1 << 16 };

/* The first line of a file; false where it cannot be read. */
static bool first_line(const char *folder, const char *file, char *ret, size_t size)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text text = { 0 };

	if (read_file(AT_FDCWD, path_join(&arena, folder, file), FILE_LIMIT, &text) < 0)
		return false;
	snprintf(ret, size, "%.*s", (int)strcspn(text_of(&text), "\n"), text_of(&text));
	return true;
}

bool list_has(const char *list, const char *word, const char *parting)
{
	size_t length = strlen(word);

	while (*list) {
		size_t end = strcspn(list, parting);
		if (end == length && memcmp(list, word, length) == 0)
			return true;
		list += end + (list[end] != '\0');
	}
	return false;
}

bool hierarchy_lists(const char *list, enum controller controller)
{
	return list_has(list, controller_names[controller], " \n");
}

bool hierarchy_has(const char *folder, const char *file, enum controller controller)
{
	char list[512];

	return first_line(folder, file, list, sizeof(list)) && hierarchy_lists(list, controller);
}

bool hierarchy_gap(const struct cgroup_place *place, enum controller controller, char *ret,
		   size_t size)
{
	const char *rest = place->own + (place->own[0] == '/');
	size_t length = (size_t)snprintf(ret, size, "%s", place->mount);

	while (*rest && length < size) {
		if (!hierarchy_has(ret, "cgroup.controllers", controller))
			return false;
		if (!hierarchy_has(ret, "cgroup.subtree_control", controller))
			return true;
		size_t name = strcspn(rest, "/");
		length += (size_t)snprintf(ret + length, size - length, "/%.*s", (int)name, rest);
		rest += name + (rest[name] == '/');
	}
	return false;
}

static bool is_frozen(const char *folder, int version)
{
	const char *file = version == 1 ? "freezer.self_freezing" : "cgroup.freeze";
	char line[16];

	return first_line(folder, file, line, sizeof(line)) && strcmp(line, "1") == 0;
}

bool hierarchy_frozen(const struct facts *facts, pid_t pid, char *ret, size_t size)
{
	const struct cgroup_place *place = &facts->cgroup[CONTROLLER_FREEZER];
	cleanup_text struct text text = { 0 };
	struct reading reading = { 0 };
	int proc = place->version ? proc_of(pid) : -1;

	if (proc < 0 || read_file(proc, "cgroup", FILE_LIMIT, &text) < 0)
		return false;
	reading_parse_cgroups(text_of(&text), &reading);
	const char *path = cgroup_of(&reading, place, CONTROLLER_FREEZER);
	bool frozen = path && cgroup_folder(place, path, ret, size);
	arena_done(&reading.arena);
	while (frozen && !is_frozen(ret, place->version)) {
		char *slash = strrchr(ret, '/');
		frozen = slash && strlen(ret) > strlen(place->mount);
		if (frozen)
			*slash = '\0';
	}
	return frozen;
}

/* A line of /proc/cgroups: NAME HIERARCHY GROUPS ENABLED, tabs between. Hierarchy 0 is that of version 2. */
static bool find_line(const char *name, unsigned *hierarchy, unsigned *enabled)
{
	cleanup_text struct text all = { 0 };
	char called[32];

	if (read_file(AT_FDCWD, "/proc/cgroups", 8192, &all) < 0)
		return false;
	for (const char *line = text_of(&all); *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (sscanf(line, "%31s %u %*u %u", called, hierarchy, enabled) == 3 && strcmp(called, name) == 0)
			return true;
	return false;
}

void hierarchy_lacks(const struct facts *facts, enum controller controller, struct error *err)
{
	const char *name = controller_names[controller], *v1 = controller == CONTROLLER_IO ? "blkio" : name;
	unsigned hierarchy, enabled;

	if (!find_line(v1, &hierarchy, &enabled)) {
		fail_cause(err, CAUSE_CGROUP_NO_CONTROLLER);
		fail_why(err, "the kernel lacks the controller %s: /proc/cgroups does not list it", v1);
	} else if (!enabled) {
		fail_cause(err, CAUSE_CGROUP_DISABLED);
		fail_why(err, "the controller %s is disabled, as by cgroup_disable=%s on the kernel's command line: /proc/cgroups has enabled 0", v1, v1);
	} else if (hierarchy) {
		fail_cause(err, CAUSE_CGROUP_ON_V1);
		fail_why(err, "hierarchy %u of cgroup v1 has the controller %s, and a controller is in one hierarchy alone", hierarchy, v1);
		fail_fix(err, "!cat /proc/self/cgroup shows the hierarchies");
	} else if (facts->layout == CGROUP_V1) {
		fail_cause(err, CAUSE_CGROUP_ON_V2);
		fail_why(err, "/proc/cgroups has the controller %s in hierarchy 0, which is cgroup v2, and no cgroup2 is mounted here", v1);
		fail_fix(err, "!mkdir -p /run/cgroup2 && mount -t cgroup2 none /run/cgroup2, then start Stave again");
	} else {
		fail_cause(err, CAUSE_CGROUP_GAP);
		fail_why(err, "no group that is seen here has the controller %s: the one around them does not enable it for groups below", name);
	}
}
