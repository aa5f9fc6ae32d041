/* Files and programs for completion: those of a process's root, of an image, of the host. */
#include "shell/lines/offer.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/process/proc.h"
#include "image/entries.h"
#include "snapshot/look.h"

static int open_folder(const struct finder *finder, const char *path)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC;
	cleanup_arena struct arena arena = { 0 };
	char cwd[4096 + 1];

	if (!finder->pid)
		return open(*path ? path : ".", flags);
	if (path[0] == '/')
		return look_open(finder->pid, path, flags);
	int proc = proc_of(finder->pid);
	ssize_t n = proc < 0 ? -1 : readlinkat(proc, "cwd", cwd, sizeof(cwd) - 1);
	if (n < 0)
		return -1;
	cwd[n] = '\0';
	return look_open_in(proc, arena_print(&arena, "%s/%s", cwd, path), flags);
}

static bool leads_to_folder(int folder, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type == DT_DIR)
		return true;
	return (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN) &&
	       fstatat(folder, entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* Whether a name in a folder begins with what was typed; hidden names need a typed dot. */
static bool continues(const char *name, const char *begin)
{
	return (name[0] != '.' || begin[0] == '.') && strncmp(name, begin, strlen(begin)) == 0;
}

/* The entries of a folder in an image, as paths or as bare names. */
static void offer_entries(struct finder *finder, const char *folder, const char *begin, bool paths)
{
	struct image_entries entries;

	image_entries(finder->layers, folder, &entries);
	for (size_t i = 0; i < entries.count; i++) {
		const struct image_entry *entry = &entries.list[i];
		bool more = paths && entry->folder;
		if (entry->hidden || !continues(entry->name, begin))
			continue;
		offer(finder, arena_print(&entries.arena, "%s%s%s", paths ? folder : "", entry->name,
					  more ? "/" : ""), NULL, more);
	}
	image_entries_done(&entries);
}

/* The entries of the folder that partial names before its last slash. */
void offer_paths(struct finder *finder)
{
	const char *slash = strrchr(finder->partial, '/');
	size_t length = slash ? (size_t)(slash - finder->partial) + 1 : 0;
	cleanup_arena struct arena arena = { 0 };
	const char *folder = arena_copyn(&arena, finder->partial, length);
	const char *begin = finder->partial + length;
	if (finder->layers) {
		offer_entries(finder, folder, begin, true);
		return;
	}
	int fd = open_folder(finder, folder);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !continues(name, begin))
			continue;
		bool more = leads_to_folder(fd, entry);
		offer(finder, arena_print(&arena, "%s%s%s", folder, name, more ? "/" : ""), NULL,
		      more);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

/* The programs in one folder. */
static void offer_programs_in(struct finder *finder, const char *path)
{
	if (finder->layers) {
		offer_entries(finder, path, finder->partial, false);
		return;
	}
	int fd = open_folder(finder, path);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			offer(finder, entry->d_name, NULL, false);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

void offer_programs(struct finder *finder)
{
	static const char *const folders[] = { "/usr/local/bin", "/usr/local/sbin", "/bin",
					       "/sbin", "/usr/bin", "/usr/sbin" };

	for (size_t i = 0; i < COUNT(folders) && !strchr(finder->partial, '/'); i++)
		offer_programs_in(finder, folders[i]);
	if (strchr(finder->partial, '/'))
		offer_paths(finder);
}

void offer_host_programs(struct finder *finder)
{
	const char *path = getenv("PATH");

	finder->pid = 0;
	if (strchr(finder->partial, '/')) {
		offer_paths(finder);
		return;
	}
	for (const char *p = path ? path : ""; *p; p += strspn(p, ":")) {
		cleanup_arena struct arena arena = { 0 };
		size_t length = strcspn(p, ":");
		offer_programs_in(finder, arena_copyn(&arena, p, length));
		p += length;
	}
}
