#include "snapshot/machine/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"

enum { LINK = 64, PATH = 64 };

bool scan_parse(const char *link, enum ns_link *type, uint64_t *id)
{
	const char *colon = strchr(link, ':');

	if (!colon || colon[1] != '[' || link[0] < 'a')
		return false;
	for (enum ns_link i = 0; i < NS_TYPES; i++) {
		size_t length = strlen(ns_types[i].name);
		if ((size_t)(colon - link) != length || memcmp(link, ns_types[i].name, length) != 0)
			continue;
		char *end;
		*type = i;
		*id = strtoull(colon + 2, &end, 10);
		return end > colon + 2 && *end == ']';
	}
	return false;
}

/* readlink(2): 0 and false for a link that leads to no namespace; false and *code where it cannot be read. */
static bool read_link(int folder, const char *path, enum ns_link *type, uint64_t *id, int *code)
{
	char link[LINK];
	ssize_t length = readlinkat(folder, path, link, sizeof(link) - 1);

	*code = length < 0 ? errno : 0;
	if (length < 0)
		return false;
	link[length] = '\0';
	return scan_parse(link, type, id);
}

static bool is_refusal(int code)
{
	return code == EACCES || code == EPERM;
}

/* The two links that say where the next child is born, where that is elsewhere. */
static void scan_next(struct scan *scan, const char *name, const struct holder *holder, const uint64_t *ids)
{
	static const enum ns_link links[][2] = {
		{ NS_PID_FOR_CHILDREN, NS_PID }, { NS_TIME_FOR_CHILDREN, NS_TIME },
	};
	struct holder next = *holder;
	char path[PATH];
	enum ns_link type;
	uint64_t id;
	int code;

	next.kind = HELD_FOR_CHILDREN;
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/ns/%s", name, ns_types[links[i][0]].name);
		if (read_link(scan->proc, path, &type, &id, &code) && id != ids[links[i][1]])
			scan_hold(scan, type, id, &next);
	}
}

/* Each namespace of the process, or of a thread (but: those of its process, which it is not counted in).
 * Returns the errno of a refusal, 0 for none. */
static int scan_links(struct scan *scan, const char *name, const struct holder *holder, uint64_t *ids,
		      const uint64_t *but)
{
	char path[PATH];

	for (enum ns_link link = 0; link < NS_TYPES; link++) {
		enum ns_link type;
		uint64_t id;
		int code;
		snprintf(path, sizeof(path), "%s/ns/%s", name, ns_types[link].name);
		if (!read_link(scan->proc, path, &type, &id, &code)) {
			if (is_refusal(code))
				return code;
			continue;
		}
		ids[link] = id;
		if (!but || but[link] != id)
			scan_hold(scan, type, id, holder);
	}
	return 0;
}

/* Threads share their process's namespaces, unless one has called unshare(2) or setns(2) for itself. */
static void scan_threads(struct scan *scan, const char *name, pid_t pid, const uint64_t *ids)
{
	enum { LINKS_OF_FOLDER = 2 };
	char path[PATH];
	struct stat st;

	snprintf(path, sizeof(path), "%s/task", name);
	if (fstatat(scan->proc, path, &st, 0) < 0 || st.st_nlink <= LINKS_OF_FOLDER + 1)
		return;
	cleanup_fd int fd = openat(scan->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return;
	steal_fd(&fd);
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct holder holder = { HELD_BY_THREAD, pid, atoi(entry->d_name), NULL };
		uint64_t its[NS_TYPES] = { 0 };
		if (holder.number <= 0 || holder.number == pid)
			continue;
		snprintf(path, sizeof(path), "%s/task/%d", name, holder.number);
		scan_links(scan, path, &holder, its, ids);
	}
	closedir(dir);
}

static void scan_descriptors(struct scan *scan, const char *name, pid_t pid)
{
	char path[PATH];

	snprintf(path, sizeof(path), "%s/fd", name);
	cleanup_fd int fd = openat(scan->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		scan->census->unseen.descriptors += is_refusal(errno);
		return;
	}
	steal_fd(&fd);
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct holder holder = { HELD_BY_FD, pid, 0, NULL };
		enum ns_link type;
		uint64_t id;
		int code;
		if (entry->d_name[0] == '.' || !read_link(dirfd(dir), entry->d_name, &type, &id, &code))
			continue;
		holder.number = atoi(entry->d_name);
		scan_hold(scan, type, id, &holder);
	}
	closedir(dir);
}

void scan_process(struct scan *scan, const char *name)
{
	struct holder holder = { HELD_BY_PROCESS, atoi(name), 0, NULL };
	uint64_t ids[NS_TYPES] = { 0 };

	scan->census->processes++;
	if (scan_links(scan, name, &holder, ids, NULL)) {
		scan->census->unseen.processes++;
		return;
	}
	scan_next(scan, name, &holder, ids);
	scan_threads(scan, name, holder.pid, ids);
	scan_descriptors(scan, name, holder.pid);
}
