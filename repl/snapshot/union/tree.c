#include "snapshot/union/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/statx.h"
#include "snapshot/look.h"

/* So many names of one folder are read before they are sorted. */
enum { MOST_NAMES = 20000 };

/* A folder being walked: its names, and how far the walk has come. */
struct folder {
	char *path;
	char **names;
	size_t count, next;
	size_t entry; /* its place in the tree */
};

struct walk {
	pid_t pid;
	const struct tree_limits *limits;
	struct tree *tree;
	struct folder *stack; /* from the top down to the folder at work */
	size_t depth, room;
};

static struct tree_entry *add_entry(struct tree *tree, const char *name)
{
	LIST_ROOM(tree->list, tree->count, tree->room);
	struct tree_entry *entry = &tree->list[tree->count++];
	*entry = (struct tree_entry){ .name = arena_copy(&tree->arena, name) };
	return entry;
}

static bool is_kernels(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) == 0 &&
	       (st.f_type == PROC_SUPER_MAGIC || st.f_type == SYSFS_MAGIC ||
		st.f_type == CGROUP_SUPER_MAGIC || st.f_type == CGROUP2_SUPER_MAGIC);
}

/* TREE_UNREAD with errno set where it cannot be told. */
static enum tree_mark mark_of(enum overlay_dialect dialect, int dirfd, const char *name,
			      const struct statx *st)
{
	bool null_device = st->stx_rdev_major == 0 && st->stx_rdev_minor == 0;

	if (S_ISCHR(st->stx_mode) && null_device)
		return TREE_WHITEOUT;
	if (strcmp(name, ".wh..wh..opq") == 0)
		return TREE_WH_OPAQUE;
	if (strncmp(name, ".wh.", 4) == 0)
		return TREE_WH_FILE;
	int white = S_ISREG(st->stx_mode) && st->stx_size == 0 ?
		overlay_attribute(dialect, dirfd, name, "whiteout", NULL) : 0;
	int opaque = S_ISDIR(st->stx_mode) ? overlay_attribute(dialect, dirfd, name, "opaque", "y") : 0;
	return white < 0 || opaque < 0 ? TREE_UNREAD : white ? TREE_WHITEOUT : opaque ? TREE_OPAQUE : TREE_PLAIN;
}

static void fill_entry(const struct walk *walk, int dirfd, const char *name, struct tree_entry *ret)
{
	struct tree *tree = walk->tree;
	char target[4096];
	struct statx st;

	if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
		  STATX_BASIC_STATS, &st) < 0) {
		ret->mark = TREE_UNREAD;
		ret->code = errno;
		return;
	}
	ret->mode = st.stx_mode;
	ret->device = makedev(st.stx_rdev_major, st.stx_rdev_minor);
	ret->mount = (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
	ret->mark = mark_of(walk->limits->dialect, dirfd, name, &st);
	ret->code = ret->mark == TREE_UNREAD ? errno : 0;
	if (!S_ISLNK(st.stx_mode))
		return;
	ssize_t length = readlinkat(dirfd, name, target, sizeof(target));
	ret->target = length < 0 ? "" : arena_copyn(&tree->arena, target, (size_t)length);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The first names of a folder in their order, most at most; the others are only counted. 0, or the errno of
 * what has ended it. */
static int read_names(DIR *dir, size_t most, struct arena *arena, struct folder *ret,
		       size_t *left_out)
{
	size_t room = 0;

	ret->names = NULL;
	for (struct dirent *entry; errno = 0, (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (ret->count >= MOST_NAMES) {
			++*left_out;
			continue;
		}
		LIST_ROOM(ret->names, ret->count, room);
		ret->names[ret->count++] = arena_copy(arena, entry->d_name);
	}
	int code = errno;
	if (ret->count)
		qsort(ret->names, ret->count, sizeof(*ret->names), by_name);
	if (ret->count > most) {
		*left_out += ret->count - most;
		ret->count = most;
	}
	return code;
}

/* Enter the folder at path, which is entry number place of the tree. Returns whether there is
 * anything to walk; the entry says what hinders. */
static bool enter(struct walk *walk, const char *path, size_t place, int flags)
{
	struct tree *tree = walk->tree;
	struct folder folder = { .entry = place };
	cleanup_fd int fd = look_open(walk->pid, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | flags);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		tree->list[place].mark = TREE_UNREAD;
		tree->list[place].code = errno;
		return false;
	}
	if (tree->list[place].mount && place > 0 && is_kernels(fd)) {
		tree->list[place].mark = TREE_KERNEL;
		steal_fd(&fd);
		closedir(dir);
		return false;
	}
	size_t room = walk->limits->most > tree->count ? walk->limits->most - tree->count : 0;
	int code = read_names(dir, room, &tree->arena, &folder, &tree->list[place].left_out);
	steal_fd(&fd);
	closedir(dir);
	if (code) {
		free(folder.names);
		tree->list[place].mark = TREE_UNREAD;
		tree->list[place].code = code;
		return false;
	}
	folder.path = arena_copy(&tree->arena, path);
	LIST_ROOM(walk->stack, walk->depth, walk->room);
	walk->stack[walk->depth++] = folder;
	return true;
}

static void leave(struct walk *walk)
{
	free(walk->stack[--walk->depth].names);
}

/* List the next entry of the folder at work, and go down into it where it is one. */
static void step(struct walk *walk)
{
	struct folder *folder = &walk->stack[walk->depth - 1];
	struct tree *tree = walk->tree;

	if (tree->count >= walk->limits->most) {
		tree->list[folder->entry].left_out += folder->count - folder->next;
		leave(walk);
		return;
	}
	const char *name = folder->names[folder->next++];
	const char *path = path_join(&tree->arena, folder->path, name);
	cleanup_fd int dirfd = look_open(walk->pid, folder->path, O_PATH | O_DIRECTORY);
	size_t place = tree->count;
	struct tree_entry *entry = add_entry(tree, name);
	entry->depth = (int)walk->depth;
	entry->last = folder->next == folder->count && !tree->list[folder->entry].left_out;
	fill_entry(walk, dirfd, name, entry);
	if (S_ISDIR(entry->mode) && walk->depth < walk->limits->depth && entry->mark != TREE_UNREAD)
		enter(walk, path, place, O_NOFOLLOW);
}

int tree_take(pid_t pid, const char *path, const struct tree_limits *limits, struct tree *ret,
	      struct error *err)
{
	struct walk walk = { .pid = pid, .limits = limits, .tree = ret };

	*ret = (struct tree){ 0 };
	struct tree_entry *top = add_entry(ret, path);
	top->mode = S_IFDIR;
	top->last = true;
	if (!enter(&walk, path, 0, 0)) {
		int code = top->code;
		tree_done(ret);
		return fail(err, code, "open %s", vis(path));
	}
	cleanup_fd int dirfd = look_open(pid, path, O_PATH | O_DIRECTORY);
	if (overlay_attribute(limits->dialect, dirfd, ".", "opaque", "y") > 0)
		ret->list[0].mark = TREE_OPAQUE;
	while (walk.depth > 0) {
		struct folder *folder = &walk.stack[walk.depth - 1];
		if (folder->next < folder->count)
			step(&walk);
		else
			leave(&walk);
	}
	free(walk.stack);
	return 0;
}

void tree_done(struct tree *tree)
{
	free(tree->list);
	arena_done(&tree->arena);
	*tree = (struct tree){ 0 };
}
