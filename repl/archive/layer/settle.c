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

#include "archive/limits.h"
#include "archive/records.h"
#include "archive/talk.h"
#include "archive/layer/layer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"

enum { FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static int open_layer(const struct settling *all, unsigned number)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", number);
	return openat(all->folder, name, FOLDER);
}

/* The layer below new layer number by so many: those of the store come last. -1 with errno set; ENOENT
 * where there are no more. */
static int open_lower(const struct settling *all, unsigned number, unsigned by)
{
	if (by <= number)
		return open_layer(all, number - by);
	if (by - number <= all->below_count)
		return openat(all->store, all->below[all->below_count - (by - number)], FOLDER);
	errno = ENOENT;
	return -1;
}

static unsigned lowers(const struct settling *all, unsigned number)
{
	return number + all->below_count;
}

static bool is_opaque(int fd)
{
	char value;

	return fgetxattr(fd, "user.overlay.opaque", &value, 1) == 1 && value == 'y';
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

/* The folder path in a layer, by no link. *hides: the layer has something there, or on the way,
 * that hides the layers below it. */
static int open_below(int layer, const char *path, bool *hides)
{
	int at = dup(layer);
	char copy[LIMIT_PATH + 1], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *name = strtok_r(copy, "/", &save); at >= 0 && name;
	     name = strtok_r(NULL, "/", &save)) {
		int next = openat(at, name, FOLDER);
		*hides = *hides || (next < 0 && errno != ENOENT) || (next >= 0 && is_opaque(next));
		close(at);
		at = next;
	}
	return at;
}

/* The folder that path lies in, and the name there. */
static int open_parent(int layer, const char *path, const char **name, bool *hides)
{
	const char *slash = strrchr(path, '/');
	char folder[LIMIT_PATH + 1];

	*name = slash ? slash + 1 : path;
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 0, path);
	return open_below(layer, folder, hides);
}

/* What a union of the layers below shows at path through layer, which is number's: its kind as in
 * st_mode, 0 for nothing. */
static mode_t shown_below(const struct settling *all, unsigned number, int layer, const char *path)
{
	bool hides = false;
	const char *name;
	cleanup_fd int own = open_parent(layer, path, &name, &hides);

	for (unsigned by = 1; by <= lowers(all, number) && own >= 0 && !hides; by++) {
		cleanup_fd int lower = open_lower(all, number, by);
		cleanup_fd int at = lower < 0 ? -1 : open_parent(lower, path, &name, &hides);
		struct stat st;
		if (at >= 0 && fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return is_whiteout(&st) ? 0 : st.st_mode & S_IFMT;
	}
	return 0;
}

/* Take name away from the folder at, whose time that does not change. */
static int unlink_quietly(int at, const char *name, int flags)
{
	struct stat st;

	if (fstat(at, &st) < 0 || unlinkat(at, name, flags) < 0)
		return -1;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st.st_mtim };
	return futimens(at, times);
}

/* ---- deletions ---- */

static int settle_whiteout(const struct settling *all, unsigned number, int layer, const char *path,
			   struct error *err)
{
	bool hides = false;
	const char *name;
	struct stat st;
	cleanup_fd int at = open_parent(layer, path, &name, &hides);

	/* The layer may have had something else of the name since. */
	if (at < 0 || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !is_whiteout(&st) ||
	    shown_below(all, number, layer, path))
		return 0;
	return unlink_quietly(at, name, 0) < 0 ? fail(err, errno, "unlink %s", vis(path)) : 0;
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
	cleanup_fd int to = open_below(layer, path, &hides);

	if (to < 0)
		return 0; /* behind a link, or replaced by something else since */
	futimens(to, epoch);
	for (unsigned by = 1; by <= lowers(all, number) && !hides; by++) {
		cleanup_fd int lower = open_lower(all, number, by);
		cleanup_fd int from = lower < 0 ? -1 : open_below(lower, path, &hides);
		if (from < 0)
			continue;
		if (copy_meta(from, to) < 0)
			return fail(err, errno, "what is said of the folder %s below", vis(path));
		break;
	}
	return 0;
}

/* A folder on the way to deletions. Where none of them hides anything, and it hides no folder itself,
 * it would be one that nothing has made. */
static int settle_way(const struct settling *all, unsigned number, int layer, const char *path,
		      struct error *err)
{
	bool hides = false;
	const char *name;
	cleanup_fd int at = open_parent(layer, path, &name, &hides);
	cleanup_fd int way = at < 0 ? -1 : openat(at, name, FOLDER);

	if (way < 0)
		return 0;
	if (!(is_opaque(way) && S_ISDIR(shown_below(all, number, layer, path)))) {
		if (unlink_quietly(at, name, AT_REMOVEDIR) == 0)
			return 0;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return fail(err, errno, "rmdir %s", vis(path));
	}
	return settle_folder(all, number, layer, path, err);
}

/* ---- a root that hides all below ---- */

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

static int hide_root(const struct settling *all, unsigned number, int layer, struct error *err)
{
	for (unsigned by = 1; by <= lowers(all, number); by++) {
		int fd = open_lower(all, number, by);
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
static int settle_record(const struct settling *all, unsigned number, int layer, const char *record,
			 struct error *err)
{
	char path[PATH_MAX];

	if (layer_path(record + 1, path, err) < 0)
		return -1;
	switch ((enum settle_record)*record) {
	case SETTLE_WHITEOUT:
		return settle_whiteout(all, number, layer, path, err);
	case SETTLE_FOLDER:
		return settle_folder(all, number, layer, path, err);
	case SETTLE_WAY:
		return settle_way(all, number, layer, path, err);
	}
	return fail_id(err, ERR_ARCHIVE_INVALID, EPROTO, "the list of what is to be settled");
}

static int settle_records(const struct settling *all, unsigned number, int layer, struct error *err)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", number);
	int fd = openat(all->lists, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), failed = 0;
	FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
	if (!list)
		return fail(err, errno, "open the list of what layer %u leaves to settle", number + 1);
	cleanup_free char *record = NULL;
	size_t room = 0;
	while (!failed && getdelim(&record, &room, '\0', list) > 0)
		failed = settle_record(all, number, layer, record, err);
	if (!failed && ferror(list))
		failed = fail_id(err, ERR_ARCHIVE_INVALID, EIO, "read the list of what layer %u leaves to settle", number + 1);
	fclose(list);
	return failed;
}

int settle_layer(const struct settling *all, unsigned number, struct error *err)
{
	cleanup_fd int layer = open_layer(all, number);
	struct stat st;

	if (layer < 0 || fstat(layer, &st) < 0)
		return fail(err, errno, "open layer %u", number + 1);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st.st_mtim };
	if (is_opaque(layer) && hide_root(all, number, layer, err) < 0)
		return -1;
	futimens(layer, times);
	return settle_records(all, number, layer, err);
}
