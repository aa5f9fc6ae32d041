#include "advice/seen/refusal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "base/process/process_stat.h"

const char *refusal_read(struct refusal *at, const char *folder, const char *file)
{
	cleanup_text struct text text = { 0 };

	if (read_file(AT_FDCWD, path_join(&at->arena, folder, file), 1 << 16, &text) < 0)
		return "";
	return arena_copyn(&at->arena, text_of(&text), strcspn(text_of(&text), "\n"));
}

const char *refusal_members(struct refusal *at, const char *folder)
{
	cleanup_text struct text list = { 0 }, ret = { 0 };
	char *save = NULL;
	size_t count = 0;

	if (read_file(AT_FDCWD, path_join(&at->arena, folder, "cgroup.procs"), 1 << 20, &list) < 0 || !list.len)
		return "";
	for (char *pid = strtok_r(list.s, "\n", &save); pid; pid = strtok_r(NULL, "\n", &save))
		if (count++ < 3)
			text_sayf(&ret, "%s%s (pid %s)", ret.len ? ", " : "",
				  vis(process_stat(atoi(pid)).comm), pid);
	if (count > 3)
		text_sayf(&ret, " and %zu more", count - 3);
	return arena_copy(&at->arena, text_of(&ret));
}

const char *refusal_below(struct refusal *at, const char *folder,
			       bool (*accept)(struct refusal *at, const char *folder))
{
	DIR *list = opendir(folder);
	const char *found = NULL;

	for (struct dirent *entry; list && !found && (entry = readdir(list));) {
		const char *path = path_join(&at->arena, folder, entry->d_name);
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' && accept(at, path))
			found = path;
	}
	if (list)
		closedir(list);
	return found;
}

bool refusal_any(struct refusal *at, const char *folder)
{
	(void)at, (void)folder;
	return true;
}

bool refusal_threaded(struct refusal *at, const char *folder)
{
	return strcmp(refusal_read(at, folder, "cgroup.type"), "threaded") == 0;
}

bool refusal_is_v2(const struct refusal *at)
{
	return access(path_join(&((struct refusal *)at)->arena, at->group, "cgroup.controllers"), F_OK) == 0;
}

const char *refusal_gap(struct refusal *at, const char *folder, enum controller controller)
{
	const char *found = NULL;

	for (const char *level = folder; strlen(level) > 1; level = path_parent(&at->arena, level)) {
		if (access(path_join(&at->arena, level, "cgroup.controllers"), F_OK) < 0)
			break;
		if (hierarchy_has(level, "cgroup.controllers", controller) &&
		    !hierarchy_has(level, "cgroup.subtree_control", controller))
			found = level;
	}
	return found;
}
