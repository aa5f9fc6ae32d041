#include "archive/settle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "archive/limits.h"
#include "archive/talk.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

static int open_layer(int folder, unsigned number)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", number);
	return openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_opaque(int fd)
{
	char value;

	return fgetxattr(fd, "user.overlay.opaque", &value, 1) == 1 && value == 'y';
}

/* ---- implied folders ---- */

/* The folder path in a layer, by no link. *hides: the layer has something there, or on the way,
 * that hides the layers below it. */
static int open_below(int layer, const char *path, bool *hides)
{
	int at = dup(layer);
	char copy[LIMIT_PATH + 1], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *name = strtok_r(copy, "/", &save); at >= 0 && name;
	     name = strtok_r(NULL, "/", &save)) {
		int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		*hides = *hides || (next < 0 && errno != ENOENT) || (next >= 0 && is_opaque(next));
		close(at);
		at = next;
	}
	return at;
}

static int copy_attributes(int from, int to)
{
	static const char *const names[] = {
		"user.stave.owner", "system.posix_acl_access", "system.posix_acl_default",
	};
	char value[4096];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
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

static int settle_folder(int folder, unsigned number, int layer, const char *path,
			 struct error *err)
{
	static const struct timespec epoch[2];
	bool hides = false;
	cleanup_fd int to = open_below(layer, path, &hides);

	if (to < 0)
		return 0; /* behind a link, or replaced by something else since */
	futimens(to, epoch);
	for (unsigned below = number; below-- > 0 && !hides;) {
		cleanup_fd int lower = open_layer(folder, below);
		cleanup_fd int from = lower < 0 ? -1 : open_below(lower, path, &hides);
		if (from < 0)
			continue;
		if (copy_meta(from, to) < 0)
			return fail(err, errno, "what is said of the folder %s below", vis(path));
		break;
	}
	return 0;
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
	cleanup_fd int fd = openat(layer, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (fsetxattr(fd, "user.overlay.opaque", "y", 1, 0) < 0 &&
		       !(errno == EOPNOTSUPP && overseer >= 0)))
		return -1;
	return overseer >= 0 ? talk_ask_opaque(overseer, fd) : 0;
}

static int hide_root(int folder, unsigned number, int layer, int overseer, struct error *err)
{
	for (unsigned below = 0; below < number; below++) {
		int fd = open_layer(folder, below);
		DIR *root = fd < 0 ? NULL : fdopendir(fd);
		int failed = 0;
		if (!root)
			return fail(err, errno, "open a layer");
		for (struct dirent *entry; !failed && (entry = readdir(root));)
			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
				failed = hide(layer, entry->d_name, overseer);
		if (failed)
			fail(err, errno, "hide what the layers below have");
		closedir(root);
		if (failed)
			return -1;
	}
	return 0;
}

int settle_layer(int folder, int lists, unsigned number, int overseer, struct error *err)
{
	cleanup_text struct text list = { 0 };
	char name[16];

	snprintf(name, sizeof(name), "%u", number);
	cleanup_fd int layer = open_layer(folder, number);
	if (layer < 0 || read_file(lists, name, (size_t)LIMIT_ENTRIES * 64, &list) < 0)
		return fail(err, errno, "read what layer %u implies", number);
	struct stat st;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };
	if (fstat(layer, &st) == 0)
		times[1] = st.st_mtim;
	if (is_opaque(layer) && hide_root(folder, number, layer, overseer, err) < 0)
		return -1;
	futimens(layer, times);
	for (size_t i = 0; i < list.len; i += strlen(list.s + i) + 1)
		if (settle_folder(folder, number, layer, list.s + i, err) < 0)
			return -1;
	return 0;
}
