/* Files of /proc and /sys that tell or steer something of the machine. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/probe.h"

typedef int looker(struct verdict *verdict, const char *path);

/* Each path until one is open. */
static void look_at(struct verdict *verdict, looker *look, const char *const *paths)
{
	absent(verdict, "none of them exists here");
	for (; *paths; paths++)
		if (look(verdict, *paths))
			return;
}

#define LOOK(look, ...) look_at(verdict, look, (const char *const[]){ __VA_ARGS__, NULL })

void try_sysctl(struct verdict *verdict)
{
	LOOK(may_write, "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
	     "/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory",
	     "/proc/sys/fs/binfmt_misc/register");
}

void try_sysrq(struct verdict *verdict)
{
	LOOK(may_write, "/proc/sysrq-trigger");
}

void try_proc_write(struct verdict *verdict)
{
	LOOK(may_write, "/proc/irq/default_smp_affinity", "/proc/bus/pci/00/00.0", "/proc/fs/nfsd",
	     "/proc/fs/xfs/stat", "/proc/latency_stats", "/proc/mtrr");
}

void try_sys_write(struct verdict *verdict)
{
	LOOK(may_write, "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/power/state",
	     "/sys/kernel/uevent_helper", "/sys/module/printk/parameters/time", "/sys/kernel/profiling",
	     "/sys/devices/system/cpu/online", "/sys/class/net/lo/mtu");
}

void try_kcore(struct verdict *verdict)
{
	LOOK(may_read, "/proc/kcore");
}

void try_keys(struct verdict *verdict)
{
	LOOK(may_read, "/proc/keys");
}

void try_proc_read(struct verdict *verdict)
{
	LOOK(may_read, "/proc/interrupts", "/proc/timer_list", "/proc/sched_debug", "/proc/scsi",
	     "/proc/acpi", "/proc/asound", "/proc/latency_stats", "/proc/timer_stats");
}

void try_sys_read(struct verdict *verdict)
{
	LOOK(may_read, "/sys/firmware", "/sys/devices/virtual/powercap",
	     "/sys/devices/system/cpu/cpu0/thermal_throttle");
}

/* ---- control groups ---- */

/* A path in /proc/self/cgroup that is not "/" is one of the host's. */
void try_cgroup_name(struct verdict *verdict)
{
	FILE *list = fopen("/proc/self/cgroup", "re");
	char line[4200];

	absent(verdict, "there are no control groups");
	while (list && fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		const char *path = strchr(line, ':');
		path = path ? strchr(path + 1, ':') : NULL;
		if (path && strcmp(path, ":/") != 0) {
			succeeded(verdict, "%s", path + 1);
			break;
		}
		stopped(verdict, 0, "its group is called /");
	}
	if (list)
		fclose(list);
}

void try_cgroup_write(struct verdict *verdict)
{
	static const char *const files[] = { "cgroup.procs", "memory.max", "pids.max", "cpu.max",
					     "release_agent", "tasks", "memory.limit_in_bytes" };
	static const char top[] = "/sys/fs/cgroup";
	char path[320];

	absent(verdict, "no control group can be seen");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", top, files[i]);
		if (may_write(verdict, path))
			return;
	}
	/* Version 1 has a folder for each controller. */
	DIR *folder = opendir(top);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			snprintf(path, sizeof(path), "%s/%.200s/%s", top, entry->d_name, files[i]);
			if (entry->d_name[0] != '.' && may_write(verdict, path))
				return;
		}
}
