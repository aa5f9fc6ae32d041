#include "lesson/check/host.h"

#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file/statx.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "image/store.h"
#include "session/session.h"
#include "session/host/journal.h"

struct lines {
	char **list;
	size_t count, room;
};

static void add_line(struct lines *lines, const char *kind, const char *folder, const char *name)
{
	cleanup_text struct text line = { 0 };

	text_addf(&line, "%s %s%s%s", kind, folder, folder[0] && folder[1] ? "/" : "", name);
	LIST_ROOM(lines->list, lines->count, lines->room);
	lines->list[lines->count++] = text_copy(text_of(&line));
}

/* Groups and folders of this session and of others like it come and go by themselves. */
static bool is_staves(const char *name)
{
	return strncmp(name, "stave-", 6) == 0 || strcmp(name, "stave") == 0;
}

static void add_folder(struct lines *lines, const char *kind, const char *path, bool folders)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    !is_staves(entry->d_name) && (!folders || entry->d_type == DT_DIR))
			add_line(lines, kind, path, entry->d_name);
	if (folder)
		closedir(folder);
}

/* How far a walk below a folder goes: from the top down, so that what is nearest is always seen. */
enum { DEEPEST = 4, FOLDERS_MOST = 1000 };

struct walk {
	char scratch[4100]; /* of the user's store, where a lesson's own comes and goes: not looked into */
	char **list; /* folders to be read, in the order in which they were found */
	size_t *depth;
	size_t count, room, depth_room, deepest;
};

static void walk_add(struct walk *walk, const char *path, size_t depth)
{
	if (walk->count == FOLDERS_MOST || strcmp(path, walk->scratch) == 0)
		return;
	size_t number = walk->count;
	LIST_ROOM(walk->list, walk->count, walk->room);
	LIST_ROOM(walk->depth, number, walk->depth_room);
	walk->depth[walk->count] = depth;
	walk->list[walk->count++] = text_copy(path);
}

/* The names in one folder. In those whose names begin with a dot programs keep what changes all the time. */
static void walk_read(struct walk *walk, struct lines *lines, size_t i)
{
	const char *path = walk->list[i];
	DIR *folder = opendir(path);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || is_staves(entry->d_name))
			continue;
		add_line(lines, "file", path, entry->d_name);
		if (entry->d_type == DT_DIR && walk->depth[i] < walk->deepest && entry->d_name[0] != '.') {
			cleanup_text struct text below = { 0 };
			text_addf(&below, "%s%s%s", path, path[1] ? "/" : "", entry->d_name);
			walk_add(walk, below.s, walk->depth[i] + 1);
		}
	}
	if (folder)
		closedir(folder);
}

/* The names below a folder, so many levels down. */
static void add_tree(struct lines *lines, const char *top, size_t deepest)
{
	struct walk walk = { .deepest = strcmp(top, "/") == 0 ? 1 : deepest };
	char store[4000];
	struct error unused;

	if (store_own_path(store, sizeof(store), &unused) == 0)
		snprintf(walk.scratch, sizeof(walk.scratch), "%s/scratch", store);
	walk_add(&walk, top, 1);
	for (size_t i = 0; i < walk.count; i++) {
		walk_read(&walk, lines, i);
		free(walk.list[i]);
	}
	free(walk.list);
	free(walk.depth);
}

/* Whether other programs change what lies in this folder of "/" all the time. */
static bool is_busy(const char *name, size_t length)
{
	static const char *const busy[] = {
		"bin", "boot", "etc", "home", "lib", "lib32", "lib64", "opt", "root", "sbin", "tmp", "usr", "var",
	};

	for (size_t i = 0; i < COUNT(busy); i++)
		if (strlen(busy[i]) == length && strncmp(busy[i], name, length) == 0)
			return true;
	return false;
}

/* What the kernel and its devices show is no file of the host's; nor is "/..", which is "/". */
static bool is_shown(const char *name, size_t length)
{
	static const char *const shown[] = { ".", "..", "dev", "proc", "run", "sys" };

	for (size_t i = 0; i < COUNT(shown); i++)
		if (strlen(shown[i]) == length && strncmp(shown[i], name, length) == 0)
			return true;
	return false;
}

/* Whether a path before this one lies in the same folder of "/". */
static bool is_looked_at(const char *named, const char *path, size_t length)
{
	for (; named < path; named += strcspn(named, "\n") + 1)
		if (strncmp(named, path, length) == 0 && strchr("/\n", named[length]))
			return true;
	return false;
}

/* The paths that were named: each itself, unless a name in it begins with a dot, and what lies below its folder
 * of "/". */
static void add_named(struct lines *lines, const char *named)
{
	struct stat st;

	for (const char *s = named; *s; s += strcspn(s, "\n"), s += *s == '\n') {
		cleanup_free char *path = text_copyn(s, strcspn(s, "\n"));
		size_t length = strcspn(path + 1, "/");
		if (is_busy(path + 1, length) && !strstr(path, "/.") && lstat(path, &st) == 0)
			add_line(lines, "file", "", path);
		if (is_busy(path + 1, length) || is_shown(path + 1, length) || is_looked_at(named, s, length + 1))
			continue;
		path[length + 1] = '\0';
		add_tree(lines, path, DEEPEST);
	}
}

/* Whether it was born less than a minute ago, as far as its file system tells. */
static bool is_young(const char *path)
{
	struct statx st;

	return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &st) == 0 && st.stx_mask & STATX_BTIME &&
	       S_ISDIR(st.stx_mode) && time(NULL) - st.stx_btime.tv_sec < 60;
}

/* The lines of those folders that lie directly in "/" and are young. */
static void find_guests(const struct text *listed, struct text *ret)
{
	for (const char *s = text_of(listed); *s; s += strcspn(s, "\n") + 1) {
		cleanup_free char *line = text_copyn(s, strcspn(s, "\n"));
		const char *path = strchr(line, '/');
		if (path && path == line + strlen("file ") && !strchr(path + 1, '/') && is_young(path))
			text_addf(ret, "%s\n", line);
	}
}

static void add_files(struct lines *lines, const char *named)
{
	bool deep = named;
	static const char *const folders[] = {
		"/", "/boot", "/etc", "/home", "/mnt", "/opt", "/root", "/srv", "/usr", "/usr/local", "/var",
	};
	const char *home = getenv("HOME");
	cleanup_free char *here = getcwd(NULL, 0);

	for (size_t i = 0; i < COUNT(folders); i++)
		add_folder(lines, "file", folders[i], false);
	if (home && home[0] == '/')
		add_tree(lines, home, deep ? DEEPEST : 1);
	if (here && (!home || strcmp(here, home) != 0))
		add_tree(lines, here, deep ? DEEPEST : 1);
	if (named)
		add_named(lines, named);
}

/* The folders in which Stave makes its groups, and the tops of the trees of groups. */
static void add_groups(struct lines *lines, struct facts *facts, const struct mounts *mounts)
{
	facts_cgroups(facts);
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (facts->cgroup[i].parent[0])
			add_folder(lines, "cgroup", facts->cgroup[i].parent, true);
	for (size_t i = 0; mounts && i < mounts->count; i++)
		if (strcmp(mounts->list[i].type, "cgroup") == 0 || strcmp(mounts->list[i].type, "cgroup2") == 0)
			add_folder(lines, "cgroup", mounts->list[i].point, true);
}

static void add_links(struct lines *lines)
{
	struct if_nameindex *list = if_nameindex();

	for (size_t i = 0; list && list[i].if_index; i++)
		add_line(lines, "interface", "", list[i].if_name);
	if (list)
		if_freenameindex(list);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether path, or a folder that it lies in, is one of the lines. */
static bool is_among(const char *path, const char *list)
{
	for (; *list; list += strcspn(list, "\n") + 1) {
		size_t length = strcspn(list, "\n");
		if (length && strncmp(path, list, length) == 0 && (path[length] == '/' || path[length] == '\n'))
			return true;
	}
	return false;
}

/* The lines but for what lies at one of the paths in others. */
static void take_lines(struct lines *lines, const char *others, struct text *ret)
{
	if (lines->count)
		qsort(lines->list, lines->count, sizeof(*lines->list), by_bytes);
	for (size_t i = 0; i < lines->count; i++) {
		cleanup_text struct text line = { 0 };
		/* A folder may be listed twice, and a name may have newlines. */
		if (i && strcmp(lines->list[i], lines->list[i - 1]) == 0)
			continue;
		text_add_visible(&line, lines->list[i], strlen(lines->list[i]));
		text_add(&line, "\n");
		if (!is_among(strchr(text_of(&line), ' ') + 1, others))
			text_add(ret, text_of(&line));
	}
	for (size_t i = 0; i < lines->count; i++)
		free(lines->list[i]);
	free(lines->list);
}

/* What others make between the first look at their journals and that at the folders is in them by the second. */
static void find_others(const struct session *session, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };

	if (session->name[0])
		journal_others(path_parent(&arena, session->scratch), session->name, ret);
}

int host_take(struct session *session, const char *named, struct host_state *ret, struct error *err)
{
	cleanup_text struct text others = { 0 };
	struct lines lines = { 0 };
	struct host_state state = { .named = named };

	if (reading_take(getpid(), &state.reading, err) < 0)
		return -1;
	gethostname(state.reading.hostname, sizeof(state.reading.hostname));
	find_others(session, &others);
	add_files(&lines, named);
	add_links(&lines);
	add_groups(&lines, &session->facts, state.reading.mounts);
	find_others(session, &others);
	take_lines(&lines, text_of(&others), &state.listed);
	find_guests(&state.listed, &state.guests);
	*ret = state;
	return 0;
}

void host_done(struct host_state *state)
{
	reading_done(&state->reading);
	text_done(&state->listed);
	text_done(&state->guests);
}
