#include "archive/layer/settle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "archive/records.h"
#include "archive/talk.h"
#include "archive/layer/below.h"
#include "archive/layer/layer.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file/remove.h"
#include "base/list.h"
#include "base/text.h"

/* Take name away from the folder at, whose time that does not change. */
static int unlink_quietly(int at, const char *name, int flags)
{
	struct stat st;

	if (fstat(at, &st) < 0 || unlinkat(at, name, flags) < 0)
		return -1;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st.st_mtim };
	return futimens(at, times);
}

/* ---- implied folders ---- */

static int copy_attributes(int from, int to)
{
	static const char *const names[] = {
		"user.stave.owner", "system.posix_acl_access", "system.posix_acl_default",
	};
	char value[4096];

	for (size_t i = 0; i < COUNT(names); i++) {
		ssize_t size = fgetxattr(from, names[i], value, sizeof(value));
		if (size > 0 && fsetxattr(to, names[i], value, (size_t)size, 0) < 0)
			return -1;
	}
	return 0;
}

static int copy_meta(int from, int to)
{
	struct stat st;

	if (fstat(from, &st) < 0 || fchown(to, st.st_uid, st.st_gid) < 0 ||
	    copy_attributes(from, to) < 0 || fchmod(to, st.st_mode & 07777) < 0)
		return -1;
	struct timespec times[2] = { st.st_mtim, st.st_mtim };
	return futimens(to, times);
}

static int settle_folder(const struct settling *all, unsigned number, int layer, const char *path,
			 struct error *err)
{
	static const struct timespec epoch[2];
	bool hides = false;
	cleanup_fd int to = below_open(layer, path, &hides);

	if (to < 0)
		return 0; /* behind a link, or replaced by something else since */
	futimens(to, epoch);
	for (unsigned by = 1; by <= below_count(all, number) && !hides; by++) {
		cleanup_fd int lower = below_lower(all, number, by);
		cleanup_fd int from = lower < 0 ? -1 : below_open(lower, path, &hides);
		if (from < 0)
			continue;
		if (copy_meta(from, to) < 0)
			return fail(err, errno, "what is said of the folder %s below", vis(path));
		break;
	}
	return 0;
}

/* ---- deletions ---- */

/* A layer's folders that are on the way to deletions alone, sorted. */
struct ways {
	struct arena arena;
	const char **list;
	size_t count, room;
};

/* One layer that is settled. */
struct settled {
	const struct settling *all;
	unsigned number;
	int fd;
	struct ways ways;
};

/* Make the folder that path lies in, and those around it, as they are below; its descriptor. */
static int make_parent(const struct settled *layer, const char *path, struct error *err)
{
	char copy[PATH_MAX];
	int at = dup(layer->fd);

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *name = copy, *slash; at >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
		*slash = '\0';
		bool made = mkdirat(at, name, 0755) == 0;
		int next = made || errno == EEXIST ? openat(at, name, FOLDER) : -1;
		close(at);
		at = next;
		if (at >= 0 && made && settle_folder(layer->all, layer->number, layer->fd, copy, err) < 0) {
			close(at);
			return -1;
		}
		*slash = '/';
	}
	return at < 0 ? fail(err, errno, "mkdir the folder of %s", vis(path)) : at;
}

/* Hide name in the folder at, or what is below in it where the layer has a folder there. */
static int hide(int layer, const char *name, int overseer)
{
	struct stat st;

	if (mknodat(layer, name, S_IFCHR, makedev(0, 0)) == 0)
		return 0;
	if (errno != EEXIST || fstatat(layer, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		return 0;
	cleanup_fd int fd = openat(layer, name, FOLDER);
	if (fd < 0 || (fsetxattr(fd, "user.overlay.opaque", "y", 1, 0) < 0 &&
		       !(errno == EOPNOTSUPP && overseer >= 0)))
		return -1;
	return overseer >= 0 ? talk_ask_opaque(overseer, fd) : 0;
}

/* A deletion whose way leads through a link of a layer below is one at the link's end, as where the layers
 * are unpacked over each other (umoci, containerd). within: of all that is in the folder path. */
static int settle_through(const struct settled *layer, const char *path, bool within, struct error *err)
{
	char end[PATH_MAX];
	const char *name;
	struct stat st;

	snprintf(end, sizeof(end), "%s", path);
	if (!below_follow(layer->all, layer->number, layer->fd, layer->ways.list, layer->ways.count, within, end))
		return 0;
	mode_t shown = below_shows(layer->all, layer->number, layer->fd, end);
	if (!shown || (within && !S_ISDIR(shown)))
		return 0;
	cleanup_fd int at = make_parent(layer, end, err);
	if (at < 0)
		return -1;
	name = strrchr(end, '/') ? strrchr(end, '/') + 1 : end;
	if (within && mkdirat(at, name, 0755) == 0 &&
	    settle_folder(layer->all, layer->number, layer->fd, end, err) < 0)
		return -1;
	if (fstat(at, &st) < 0 || hide(at, name, layer->all->overseer) < 0)
		return fail(err, errno, "delete %s, to which %s leads", vis(end), vis(path));
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st.st_mtim };
	futimens(at, times);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_way(const struct ways *ways, const char *path)
{
	return ways->count && bsearch(&path, ways->list, ways->count, sizeof(*ways->list), compare);
}

/* Whether nothing is in the folder path, which is fd, but deletions and folders on the way to them. A
 * deletion with a mode stands for something that was left out. */
static bool holds_deletions_only(const struct ways *ways, int fd, const char *path)
{
	cleanup_fd int copy = openat(fd, ".", FOLDER);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	bool only = folder;

	if (folder)
		copy = -1;
	for (struct dirent *entry; only && (entry = readdir(folder));) {
		char inside[PATH_MAX];
		struct stat st;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		int length = snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);
		only = length < PATH_MAX && fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
		if (!only || (below_is_whiteout(&st) && !(st.st_mode & 07777)))
			continue;
		cleanup_fd int next = is_way(ways, inside) ? openat(fd, entry->d_name, FOLDER) : -1;
		only = next >= 0 && holds_deletions_only(ways, next, inside);
	}
	if (folder)
		closedir(folder);
	return only;
}

/* A deletion of a folder that the layer has only as the way to other deletions, which came before it,
 * takes that folder's place. */
static int replace_way(const struct settled *layer, int at, const char *name, const char *path, struct error *err)
{
	struct stat st;
	cleanup_fd int way = is_way(&layer->ways, path) ? openat(at, name, FOLDER) : -1;

	if (way < 0 || !holds_deletions_only(&layer->ways, way, path))
		return 0;
	if (fstat(at, &st) < 0 || remove_tree(at, name) < 0 || mknodat(at, name, S_IFCHR, makedev(0, 0)) < 0)
		return fail(err, errno, "delete %s", vis(path));
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st.st_mtim };
	futimens(at, times);
	return 0;
}

static int settle_whiteout(const struct settled *layer, const char *path, struct error *err)
{
	bool hides = false;
	const char *name;
	struct stat st;
	cleanup_fd int at = below_parent(layer->fd, path, &name, &hides);

	if (at < 0 || replace_way(layer, at, name, path, err) < 0)
		return at < 0 ? 0 : -1;
	/* The layer may have had something else of the name since. */
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !below_is_whiteout(&st) ||
	    below_shows(layer->all, layer->number, layer->fd, path))
		return 0;
	if (unlink_quietly(at, name, 0) < 0)
		return fail(err, errno, "unlink %s", vis(path));
	return settle_through(layer, path, false, err);
}

/* A folder on the way to deletions. Where none of them hides anything, and it hides no folder itself,
 * it would be one that nothing has made. */
static int settle_way(const struct settled *layer, const char *path, struct error *err)
{
	bool hides = false;
	const char *name;
	cleanup_fd int at = below_parent(layer->fd, path, &name, &hides);
	cleanup_fd int way = at < 0 ? -1 : openat(at, name, FOLDER);

	if (way < 0)
		return 0;
	if (!(below_is_opaque(way) && S_ISDIR(below_shows(layer->all, layer->number, layer->fd, path)))) {
		if (below_is_opaque(way) && settle_through(layer, path, true, err) < 0)
			return -1;
		if (unlink_quietly(at, name, AT_REMOVEDIR) == 0)
			return 0;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return fail(err, errno, "rmdir %s", vis(path));
	}
	return settle_folder(layer->all, layer->number, layer->fd, path, err);
}

/* ---- a root that hides all below ---- */

static int hide_root(const struct settling *all, unsigned number, int layer, struct error *err)
{
	for (unsigned by = 1; by <= below_count(all, number); by++) {
		int fd = below_lower(all, number, by);
		DIR *root = fd < 0 ? NULL : fdopendir(fd);
		int failed = 0;
		if (!root)
			return fail(err, errno, "open a layer");
		for (struct dirent *entry; !failed && (entry = readdir(root));)
			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
				failed = hide(layer, entry->d_name, all->overseer);
		if (failed)
			fail(err, errno, "hide what the layers below have");
		closedir(root);
		if (failed)
			return -1;
	}
	return 0;
}

/* ---- a layer ---- */

/* The list was written by who read the archive: it is as foreign as that. */
static int settle_record(struct settled *layer, const char *record, struct error *err)
{
	char path[PATH_MAX];

	if (layer_path(record + 1, path, err) < 0)
		return -1;
	switch ((enum settle_record)*record) {
	case SETTLE_WHITEOUT:
		return settle_whiteout(layer, path, err);
	case SETTLE_FOLDER:
		return settle_folder(layer->all, layer->number, layer->fd, path, err);
	case SETTLE_WAY:
		return settle_way(layer, path, err);
	}
	return fail_id(err, ERR_ARCHIVE_INVALID, EPROTO, "the list of entries to settle is malformed");
}

static int note_way(struct settled *layer, const char *record, struct error *err)
{
	struct ways *ways = &layer->ways;

	(void)err;
	if (*record != SETTLE_WAY)
		return 0;
	LIST_ROOM(ways->list, ways->count, ways->room);
	ways->list[ways->count++] = arena_copy(&ways->arena, record + 1);
	return 0;
}

static int each_record(struct settled *layer, int (*act)(struct settled *layer, const char *record, struct error *err),
		       struct error *err)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", layer->number);
	int fd = openat(layer->all->lists, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), failed = 0;
	FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
	if (!list)
		return fail(err, errno, "open the list of what layer %u leaves to settle", layer->number + 1);
	cleanup_free char *record = NULL;
	size_t room = 0;
	while (!failed && getdelim(&record, &room, '\0', list) > 0)
		failed = act(layer, record, err);
	if (!failed && ferror(list))
		failed = fail_id(err, ERR_ARCHIVE_INVALID, EIO, "read the list of what layer %u leaves to settle",
				 layer->number + 1);
	fclose(list);
	return failed;
}

static int settle_records(const struct settling *all, unsigned number, int fd, struct error *err)
{
	struct settled layer = { .all = all, .number = number, .fd = fd };

	int failed = each_record(&layer, note_way, err);
	if (layer.ways.count)
		qsort(layer.ways.list, layer.ways.count, sizeof(*layer.ways.list), compare);
	failed = failed ? failed : each_record(&layer, settle_record, err);
	free(layer.ways.list);
	arena_done(&layer.ways.arena);
	return failed;
}

int settle_layer(const struct settling *all, unsigned number, struct error *err)
{
	cleanup_fd int layer = below_layer(all, number);
	struct stat st;

	if (layer < 0 || fstat(layer, &st) < 0)
		return fail(err, errno, "open layer %u", number + 1);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st.st_mtim };
	if (below_is_opaque(layer) && hide_root(all, number, layer, err) < 0)
		return -1;
	futimens(layer, times);
	return settle_records(all, number, layer, err);
}
