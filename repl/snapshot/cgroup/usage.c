#include "snapshot/cgroup/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "base/process/process_stat.h"

enum { FILE_LIMIT = 4096 };

static struct usage usage_of(const struct process_stat *stat)
{
	struct usage ret = {
		.pid = stat->pid, .parent = stat->parent, .state = stat->state,
		.ticks = stat->ticks, .start = stat->start,
		.resident = stat->pages * (uint64_t)sysconf(_SC_PAGESIZE),
	};

	memcpy(ret.comm, stat->comm, sizeof(ret.comm));
	return ret;
}

bool usage_parse(const char *text, struct usage *ret)
{
	struct process_stat stat;

	if (!process_stat_parse(text, &stat))
		return false;
	*ret = usage_of(&stat);
	return true;
}

int usage_read(int proc, const char *name, struct usage *ret)
{
	struct process_stat stat;

	if (process_stat_read(proc, name, &stat) < 0)
		return -1;
	*ret = usage_of(&stat);
	return 0;
}

bool busy_parse(const char *text, struct busy *ret)
{
	unsigned long long user, nice, system, idle, wait, irq, softirq, steal = 0;

	/* Time of guests is in that of the user, and steal is what a hypervisor gave to others. */
	if (sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle,
		   &wait, &irq, &softirq, &steal) < 7)
		return false;
	*ret = (struct busy){ user + nice + system + irq + softirq + steal, idle + wait };
	return true;
}

bool busy_read(struct busy *ret)
{
	cleanup_fd int fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	char text[256];

	/* All that is wanted is the first line, and the kernel makes what is asked for. */
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return busy_parse(text, ret);
}

static void add(struct usages *usages, const struct usage *usage)
{
	LIST_ROOM(usages->list, usages->count, usages->room);
	usages->list[usages->count++] = *usage;
}

static int by_pid(const void *a, const void *b)
{
	const struct usage *first = a, *second = b;

	return (first->pid > second->pid) - (first->pid < second->pid);
}

static const struct usage *find(const struct usages *usages, pid_t pid)
{
	struct usage key = { .pid = pid };

	return usages->count ? bsearch(&key, usages->list, usages->count, sizeof(key), by_pid) : NULL;
}

/* Processes come and go while the folder is read, so a chain of parents may even be a ring. */
static bool descends(const struct usages *all, const struct usage *usage, pid_t top)
{
	for (size_t i = 0; usage && i <= all->count; i++) {
		if (usage->pid == top)
			return true;
		usage = find(all, usage->parent);
	}
	return false;
}

static int read_all(int proc, struct usages *ret)
{
	cleanup_fd int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct usage usage;

	if (!dir)
		return -1;
	steal_fd(&fd);
	for (struct dirent *entry; (entry = readdir(dir));)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    usage_read(proc, entry->d_name, &usage) == 0)
			add(ret, &usage);
	closedir(dir);
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), by_pid);
	return 0;
}

int usages_take(int proc, pid_t top, struct usages *ret)
{
	struct usages all = { 0 };

	*ret = (struct usages){ 0 };
	if (read_all(proc, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.count; i++)
		if (descends(&all, &all.list[i], top))
			add(ret, &all.list[i]);
	usages_done(&all);
	return 0;
}

void usages_done(struct usages *usages)
{
	free(usages->list);
	*usages = (struct usages){ 0 };
}

const struct usage *usages_find(const struct usages *usages, const struct usage *process)
{
	const struct usage *found = find(usages, process->pid);

	return found && found->start == process->start ? found : NULL;
}
