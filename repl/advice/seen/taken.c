/* cgroups(7), and of version 1 sched-bwc.rst and memory.rst of the kernel's documents. */
#include "advice/seen/taken.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"

/* unbound: -1 stands for no limit. */
static const struct { const char *file; long long least, most; bool unbound; } files[] = {
	{ "cpu.cfs_period_us", 1000, 1000000 }, { "cpu.cfs_quota_us", 1000, LLONG_MAX, .unbound = true },
	{ "cpu.weight", 1, 10000 }, { "cpu.weight.nice", -20, 19 }, { "cpu.idle", 0, 1 },
	{ "memory.swappiness", 0, 200 }, { "memory.oom_control", 0, 1 }, { "memory.oom.group", 0, 1 }, { "memory.use_hierarchy", 1, 1 },
	{ "cgroup.freeze", 0, 1 }, { "notify_on_release", 0, 1 }, { "cgroup.clone_children", 0, 1 },
};

bool control_refuses(const char *file, const char *value, struct text *why)
{
	char *end = NULL;
	long long number = strtoll(value, &end, 10);
	bool is_number = end != value && !*end;
	size_t i = 0;

	while (i < COUNT(files) && strcmp(files[i].file, file) != 0)
		i++;
	if (i == COUNT(files) || (is_number && ((number >= files[i].least && number <= files[i].most) || (files[i].unbound && number == -1))))
		return false;
	if (files[i].most == LLONG_MAX)
		text_sayf(why, N_("%s takes %lld and more, and not %s"), file, files[i].least, vis(value));
	else
		text_sayf(why, N_("%s takes %lld to %lld, and not %s"), file, files[i].least, files[i].most, vis(value));
	return true;
}
