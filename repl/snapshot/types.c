#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "snapshot/snapshot.h"

const struct ns_type ns_types[NS_LINKS] = {
#define NAMESPACE(type, name, long_name, flag, isolates) [NS_##type] = { name, long_name, flag, isolates },
#include "base/process/namespaces.h"
#undef NAMESPACE
	[NS_PID_FOR_CHILDREN] = { "pid_for_children", "pid_for_children", 0,
				  "where the next child will be" },
	[NS_TIME_FOR_CHILDREN] = { "time_for_children", "time_for_children", 0,
				   "where the next child will be" },
};

const enum ns_link ns_join_order[NS_TYPES] = {
	NS_USER, NS_CGROUP, NS_IPC, NS_UTS, NS_NET, NS_PID, NS_TIME, NS_MNT,
};

ino_t ns_owner(pid_t pid, enum ns_link type)
{
	char name[32];
	struct stat st;
	int proc = proc_of(pid);

	snprintf(name, sizeof(name), "ns/%s", ns_types[type].name);
	cleanup_fd int fd = proc < 0 ? -1 : openat(proc, name, O_RDONLY | O_CLOEXEC);
	cleanup_fd int owner = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
	return owner < 0 || fstat(owner, &st) < 0 ? 0 : st.st_ino;
}

int ns_type_find(const char *name)
{
	for (int link = 0; link < NS_TYPES; link++)
		if (strcmp(ns_types[link].name, name) == 0 ||
		    strcmp(ns_types[link].long_name, name) == 0)
			return link;
	return -1;
}

void ns_type_names(const char *between, struct text *ret)
{
	for (int link = 0; link < NS_TYPES; link++)
		text_addf(ret, "%s%s", link ? between : "", ns_types[link].name);
}

bool id_inside(const char *map, unsigned long outside, unsigned long *ret)
{
	for (const char *line = map ? map : ""; *line; line += *line == '\n') {
		unsigned long first, from, count;
		if (sscanf(line, "%lu %lu %lu", &first, &from, &count) == 3 && outside >= from &&
		    outside - from < count) {
			*ret = first + (outside - from);
			return true;
		}
		line += strcspn(line, "\n");
	}
	return false;
}

bool id_outside(const char *map, unsigned long inside, unsigned long *ret)
{
	unsigned long first, from, count;

	for (const char *line = map ? map : ""; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (sscanf(line, "%lu %lu %lu", &first, &from, &count) != 3 || inside < first || inside - first >= count)
			continue;
		*ret = from + (inside - first);
		return true;
	}
	return false;
}

bool ns_any(const struct reading *reading)
{
	for (int link = 0; link < NS_LINKS; link++)
		if (reading->ns[link].id)
			return true;
	return false;
}

bool ns_known(const struct reading *reading, enum ns_link link)
{
	return reading->ns[link].id != 0 || reading->ns[link].code == ENOENT;
}

int reading_whole(const struct reading *reading, struct error *err)
{
	for (enum ns_link link = 0; link < NS_LINKS; link++)
		if (!reading->ns[link].id && errno_may_pass(reading->ns[link].code))
			return fail(err, reading->ns[link].code, "readlink /proc/%d/ns/%s", reading->pid, ns_types[link].name);
	if (errno_may_pass(reading->cgroups_code))
		return fail(err, reading->cgroups_code, "read /proc/%d/cgroup", reading->pid);
	if (errno_may_pass(reading->top_code) || errno_may_pass(reading->cwd_code))
		return fail(err, errno_may_pass(reading->cwd_code) ? reading->cwd_code : reading->top_code,
			    "readlink /proc/%d/%s", reading->pid, errno_may_pass(reading->cwd_code) ? "cwd" : "root");
	return 0;
}

bool ns_own(const struct reading *child, const struct reading *host, enum ns_link link)
{
	uint64_t id = child->ns[link].id, hosts = host->ns[link].id;

	return id != 0 && hosts != 0 && id != hosts;
}
