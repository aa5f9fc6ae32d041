#include "snapshot/cgroup/groups.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "snapshot/reading.h"
#include "snapshot/cgroup/counters.h"

enum { FILE_LIMIT = 1 << 16 };

uint64_t grown(uint64_t from, uint64_t to)
{
	return from == NO_LIMIT || to == NO_LIMIT || to < from ? 0 : to - from;
}

static void read_in(const char *folder, const char *name, struct text *ret)
{
	char path[GROUP_PATH + 64];

	text_clear(ret);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!folder[0] || read_file(AT_FDCWD, path, FILE_LIMIT, ret) < 0)
		text_clear(ret);
}

/* The first or second word of a file as a number. "max", -1 and v1's "as much as fits a counter"
 * are none. */
static uint64_t read_word(const char *folder, const char *name, bool second)
{
	cleanup_text struct text text = { 0 };
	char digits[24];
	uint64_t number;

	read_in(folder, name, &text);
	const char *s = text_of(&text);
	if (second) {
		s += strcspn(s, " \n");
		s += strspn(s, " ");
	}
	snprintf(digits, sizeof(digits), "%.*s", (int)strcspn(s, " \n"), s);
	return parse_number(digits, &number) && number < INT64_MAX - 65536 ? number : NO_LIMIT;
}

/* ---- bounds ---- */

static void read_bound(enum controller controller, int version, const char *folder,
		       struct bound *ret)
{
	bool v1 = version == 1;

	*ret = (struct bound){ 0 };
	if (controller == CONTROLLER_CPU) {
		ret->most = read_word(folder, v1 ? "cpu.cfs_quota_us" : "cpu.max", false);
		ret->period = read_word(folder, v1 ? "cpu.cfs_period_us" : "cpu.max", !v1);
	} else if (controller == CONTROLLER_MEMORY) {
		ret->most = read_word(folder, v1 ? "memory.limit_in_bytes" : "memory.max", false);
		uint64_t high = v1 ? NO_LIMIT : read_word(folder, "memory.high", false);
		ret->most = high < ret->most ? high : ret->most;
	} else {
		ret->most = read_word(folder, "pids.max", false);
	}
	snprintf(ret->folder, sizeof(ret->folder), "%s", folder);
}

double bound_share(const struct bound *cpu)
{
	if (cpu->most == NO_LIMIT || cpu->period == NO_LIMIT || cpu->period == 0)
		return -1;
	return 100.0 * (double)cpu->most / (double)cpu->period;
}

static bool is_tighter(enum controller controller, const struct bound *a, const struct bound *b)
{
	if (controller != CONTROLLER_CPU)
		return a->most < b->most;
	double share = bound_share(a), other = bound_share(b);
	return share >= 0 && (other < 0 || share < other);
}

static void find_bound(const struct group *group, enum controller controller, struct bound *ret)
{
	char folder[GROUP_PATH];
	struct bound bound;

	*ret = (struct bound){ .most = NO_LIMIT, .period = NO_LIMIT };
	snprintf(folder, sizeof(folder), "%s", group->folder);
	while (group->version && strlen(folder) >= strlen(group->top) && folder[0]) {
		read_bound(controller, group->version, folder, &bound);
		if (is_tighter(controller, &bound, ret))
			*ret = bound;
		*strrchr(folder, '/') = '\0';
	}
}

void groups_bound(struct groups *groups)
{
	find_bound(&groups->of[CONTROLLER_CPU], CONTROLLER_CPU, &groups->cpu);
	find_bound(&groups->of[CONTROLLER_MEMORY], CONTROLLER_MEMORY, &groups->memory);
	find_bound(&groups->of[CONTROLLER_PIDS], CONTROLLER_PIDS, &groups->pids);
}

/* ---- groups ---- */

static int read_membership(int proc, struct reading *ret)
{
	cleanup_text struct text text = { 0 };

	if (proc < 0 || read_file(proc, "cgroup", 1 << 20, &text) < 0)
		return -1;
	reading_parse_cgroups(text_of(&text), ret);
	return 0;
}

int groups_find(const struct facts *facts, pid_t pid, struct groups *ret)
{
	struct reading process = { 0 }, self = { 0 };

	*ret = (struct groups){ 0 };
	if (read_membership(proc_of(pid), &process) < 0 || read_membership(proc_of(getpid()), &self) < 0) {
		arena_done(&process.arena);
		return -1;
	}
	for (enum controller i = 0; i < CONTROLLERS; i++) {
		const struct cgroup_place *place = &facts->cgroup[i];
		struct group *group = &ret->of[i];
		const char *in = cgroup_of(&process, place, i), *shells = cgroup_of(&self, place, i);
		if (!in || !cgroup_folder(place, in, group->folder, sizeof(group->folder)))
			continue;
		group->version = place->version;
		group->own = !shells || strcmp(shells, in) != 0;
		snprintf(group->top, sizeof(group->top), "%s", place->mount);
	}
	arena_done(&process.arena);
	arena_done(&self.arena);
	groups_bound(ret);
	return 0;
}

/* ---- use ---- */

static uint64_t count(enum counter_id id, int version, const char *folder)
{
	uint64_t number;

	return folder[0] && counter_read(&counters[id], version, folder, &number) ? number : NO_LIMIT;
}

static void read_cpu(const struct groups *groups, struct group_usage *ret)
{
	const struct group *time = &groups->of[CONTROLLER_CPUACCT];
	const char *bound = groups->cpu.folder;
	int version = groups->of[CONTROLLER_CPU].version;

	ret->cpu = count(COUNTER_CPU_USED, time->version, time->folder);
	ret->periods = count(COUNTER_CPU_PERIODS, version, bound);
	ret->throttled = count(COUNTER_CPU_WAITED, version, bound);
	ret->throttled_for = count(COUNTER_CPU_WAITING, version, bound);
}

/* Of what is known. */
static uint64_t sum(uint64_t a, uint64_t b)
{
	return a == NO_LIMIT ? b : b == NO_LIMIT ? a : a + b;
}

static void read_memory(const struct groups *groups, struct group_usage *ret)
{
	const struct group *group = &groups->of[CONTROLLER_MEMORY];
	const char *bound = groups->memory.folder;

	ret->memory = count(COUNTER_MEMORY_NOW, group->version, group->folder);
	ret->kills = count(COUNTER_MEMORY_KILLED, group->version, group->folder);
	/* v1's limit on memory and swap together counts on its own, and may be met first. */
	ret->hits = sum(count(COUNTER_MEMORY_FULL, group->version, bound),
			group->version == 1 ? read_word(bound, "memory.memsw.failcnt", false) :
					      count(COUNTER_MEMORY_HIGH, group->version, bound));
}

static void read_pids(const struct groups *groups, struct group_usage *ret)
{
	const struct group *group = &groups->of[CONTROLLER_PIDS];

	ret->pids = count(COUNTER_PIDS_NOW, group->version, group->folder);
	ret->refused = count(COUNTER_PIDS_REFUSED, group->version, groups->pids.folder);
}

static void read_frozen(const struct group *group, struct group_usage *ret)
{
	cleanup_text struct text text = { 0 };

	if (group->version == 1) {
		read_in(group->folder, "freezer.state", &text);
		ret->frozen = strncmp(text_of(&text), "FROZEN", 6) == 0;
	} else if (group->version == 2) {
		read_in(group->folder, "cgroup.events", &text);
		ret->frozen = strstr(text_of(&text), "frozen 1") != NULL;
	}
}

void groups_read(const struct groups *groups, struct group_usage *ret)
{
	*ret = (struct group_usage){ 0 };
	read_cpu(groups, ret);
	read_memory(groups, ret);
	read_pids(groups, ret);
	read_frozen(&groups->of[CONTROLLER_FREEZER], ret);
}
