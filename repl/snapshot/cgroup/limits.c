#include "snapshot/cgroup/limits.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"

enum { FILE_LIMIT = 1 << 16 };

static bool has_controller(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (*list) {
		size_t end = strcspn(list, ",");
		if (end == length && memcmp(list, name, length) == 0)
			return true;
		list += end + (list[end] != '\0');
	}
	return false;
}

const char *cgroup_of(const struct reading *reading, const struct cgroup_place *place,
		      enum controller controller)
{
	const char *name = controller_name(controller, 1);

	for (size_t i = 0; place->version && i < reading->cgroup_count; i++) {
		const struct membership *group = &reading->cgroups[i];
		if (place->version == 2 ? group->hierarchy == 0 && !group->controllers[0] :
					  has_controller(group->controllers, name))
			return group->path;
	}
	return NULL;
}

static void find_group(const struct facts *facts, enum controller controller,
		       const struct reading *child, const struct reading *host, struct limit *ret)
{
	const struct cgroup_place *place = &facts->cgroup[controller];
	*ret = (struct limit){ .most = NO_LIMIT, .now = NO_LIMIT };
	ret->path = place->version ? cgroup_of(child, place, controller) : NULL;
	if (!ret->path)
		return;
	if (!cgroup_folder(place, ret->path, ret->folder, sizeof(ret->folder)))
		ret->folder[0] = '\0';
	const char *hosts = cgroup_of(host, place, controller);
	ret->own = !hosts || strcmp(hosts, ret->path) != 0;
}

/* The nth number in a file of the group. "max", -1, and v1's "as much as fits a counter" are no
 * limit. */
static uint64_t read_number(const struct limit *limit, const char *name, size_t nth)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text text = { 0 };
	uint64_t number;

	if (!limit->folder[0] ||
	    read_file(AT_FDCWD, path_join(&arena, limit->folder, name), FILE_LIMIT, &text) < 0)
		return NO_LIMIT;
	const char *s = text_of(&text);
	while (nth-- > 0) {
		s += strcspn(s, " \n");
		s += strspn(s, " ");
	}
	const char *word = arena_copyn(&arena, s, strcspn(s, " \n"));
	return parse_number(word, &number) && number < INT64_MAX - 65536 ? number : NO_LIMIT;
}

void limits_take(const struct facts *facts, const struct reading *child,
		 const struct reading *host, struct limits *ret)
{
	*ret = (struct limits){ 0 };
	find_group(facts, CONTROLLER_CPU, child, host, &ret->cpu);
	find_group(facts, CONTROLLER_MEMORY, child, host, &ret->memory);
	find_group(facts, CONTROLLER_PIDS, child, host, &ret->pids);
	if (facts->cgroup[CONTROLLER_CPU].version == 1) {
		ret->cpu.most = read_number(&ret->cpu, "cpu.cfs_quota_us", 0);
		ret->period = read_number(&ret->cpu, "cpu.cfs_period_us", 0);
	} else {
		ret->cpu.most = read_number(&ret->cpu, "cpu.max", 0);
		ret->period = read_number(&ret->cpu, "cpu.max", 1);
	}
	bool v1 = facts->cgroup[CONTROLLER_MEMORY].version == 1;
	ret->memory.most = read_number(&ret->memory, v1 ? "memory.limit_in_bytes" : "memory.max", 0);
	ret->memory.now = read_number(&ret->memory, v1 ? "memory.usage_in_bytes" : "memory.current",
				      0);
	ret->pids.most = read_number(&ret->pids, "pids.max", 0);
	ret->pids.now = read_number(&ret->pids, "pids.current", 0);
}
