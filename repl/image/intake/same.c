#include "image/intake/same.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/file/inroot.h"

enum { CHUNK = 128 * 1024, SIDES = 2 };

struct comparing {
	int tops[SIDES];
	size_t *unread;
	char **pending; /* folders that both have and that are still to be read, by their paths */
	size_t count, room;
	char *bytes[SIDES];
};

/* An entry that both have: where it is on either side. */
struct place {
	const char *path, *name;
	int folders[SIDES];
};

static int differ(const char *path, const char *how, struct error *err)
{
	fail_id(err, ERR_STORE_DAMAGED, 0, "/%s differs from what was imported", vis(path));
	fail_why(err, "%s", _(how));
	return 1;
}

static int fail_look(const char *call, const char *path, struct error *err)
{
	return fail(err, errno, "%s /%s in a layer", call, vis(path));
}

/* ---- one entry ---- */

static int same_bytes(struct comparing *all, const struct place *place, struct error *err)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	cleanup_fd int a = openat(place->folders[0], place->name, flags);
	cleanup_fd int b = a < 0 ? -1 : openat(place->folders[1], place->name, flags);

	if (b < 0 && errno == EACCES) {
		++*all->unread;
		return 0;
	}
	if (b < 0)
		return fail_look("open", place->path, err);
	for (;;) {
		ssize_t n = read(a, all->bytes[0], CHUNK), m = n < 0 ? -1 : read(b, all->bytes[1], CHUNK);
		if (m < 0)
			return fail_look("read", place->path, err);
		if (n != m || memcmp(all->bytes[0], all->bytes[1], (size_t)n) != 0)
			return differ(place->path, N_("its content is another"), err);
		if (n == 0)
			return 0;
	}
}

static int same_target(const struct place *place, struct error *err)
{
	char a[PATH_MAX], b[PATH_MAX];
	ssize_t n = readlinkat(place->folders[0], place->name, a, sizeof(a));
	ssize_t m = n < 0 ? -1 : readlinkat(place->folders[1], place->name, b, sizeof(b));

	if (m < 0)
		return fail_look("readlink", place->path, err);
	return n == m && memcmp(a, b, (size_t)n) == 0 ? 0 :
	       differ(place->path, N_("it is a link to something else"), err);
}

/* All attributes with their values, in the order of their names. */
static int read_attributes(int folder, const char *name, struct text *ret)
{
	char path[320], list[4096], value[4096];
	const char *names[256];
	size_t count = 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", folder, name);
	ssize_t length = llistxattr(path, list, sizeof(list));
	if (length < 0)
		return errno == ENOTSUP ? 0 : -1;
	for (const char *p = list; p < list + length && count < COUNT(names); p += strlen(p) + 1)
		names[count++] = p;
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j > 0 && strcmp(names[j - 1], names[j]) > 0; j--) {
			const char *swapped = names[j];
			names[j] = names[j - 1];
			names[j - 1] = swapped;
		}
	for (size_t i = 0; i < count; i++) {
		ssize_t n = lgetxattr(path, names[i], value, sizeof(value));
		if (n < 0 && errno != EACCES)
			return -1;
		text_addf(ret, "%s=%zd:", names[i], n);
		text_addn(ret, value, n > 0 ? (size_t)n : 0);
	}
	return 0;
}

static int same_attributes(const struct place *place, struct error *err)
{
	cleanup_text struct text a = { 0 }, b = { 0 };

	if (read_attributes(place->folders[0], place->name, &a) < 0 ||
	    read_attributes(place->folders[1], place->name, &b) < 0)
		return fail_look("getxattr", place->path, err);
	return a.len == b.len && memcmp(text_of(&a), text_of(&b), a.len) == 0 ? 0 :
	       differ(place->path, N_("its extended attributes are others"), err);
}

static int same_status(const char *path, const struct stat *a, const struct stat *b, struct error *err)
{
	if ((a->st_mode & S_IFMT) != (b->st_mode & S_IFMT))
		return differ(path, N_("it is of another kind"), err);
	if (a->st_mode != b->st_mode)
		return differ(path, N_("its mode is another"), err);
	if (a->st_uid != b->st_uid || a->st_gid != b->st_gid)
		return differ(path, N_("its owner is another"), err);
	if ((S_ISCHR(a->st_mode) || S_ISBLK(a->st_mode)) && a->st_rdev != b->st_rdev)
		return differ(path, N_("it is another device"), err);
	/* A folder that the archive does not name is as old as the layer, and so is a whiteout. */
	if (S_ISDIR(a->st_mode) || (S_ISCHR(a->st_mode) && a->st_rdev == makedev(0, 0)))
		return 0;
	if (a->st_size != b->st_size)
		return differ(path, N_("its size is another"), err);
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec)
		return differ(path, N_("its time is another"), err);
	return 0;
}

static int same_entry(struct comparing *all, const struct place *place, struct error *err)
{
	struct stat st[SIDES];

	for (int side = 0; side < SIDES; side++)
		if (fstatat(place->folders[side], place->name, &st[side], AT_SYMLINK_NOFOLLOW) < 0)
			return fail_look("lstat", place->path, err);
	int failed = same_status(place->path, &st[0], &st[1], err);
	if (!failed)
		failed = same_attributes(place, err);
	if (!failed && S_ISREG(st[0].st_mode))
		failed = same_bytes(all, place, err);
	if (!failed && S_ISLNK(st[0].st_mode))
		failed = same_target(place, err);
	if (failed || !S_ISDIR(st[0].st_mode))
		return failed;
	LIST_ROOM(all->pending, all->count, all->room);
	all->pending[all->count++] = text_copy(place->path);
	return 0;
}

/* ---- folders ---- */

struct names {
	char **list;
	size_t count, room;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

static int read_names(int folder, struct names *ret)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return -1;
	for (struct dirent *entry; errno = 0, (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		LIST_ROOM(ret->list, ret->count, ret->room);
		ret->list[ret->count++] = text_copy(entry->d_name);
	}
	int code = errno;
	closedir(dir);
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), by_name);
	errno = code;
	return code ? -1 : 0;
}

static int same_names(struct comparing *all, const char *path, const int folders[SIDES], const struct names *names,
		      struct error *err)
{
	const struct names *a = &names[0], *b = &names[1];

	for (size_t i = 0; i < a->count || i < b->count; i++) {
		int order = i >= a->count ? 1 : i >= b->count ? -1 : strcmp(a->list[i], b->list[i]);
		const char *name = order > 0 ? b->list[i] : a->list[i];
		cleanup_text struct text whole = { 0 };
		text_addf(&whole, "%s%s%s", path, *path ? "/" : "", name);
		const struct place place = { whole.s, name, { folders[0], folders[1] } };
		int failed = order > 0 ? differ(whole.s, N_("it is gone"), err) :
			     order < 0 ? differ(whole.s, N_("it was not there"), err) :
			     same_entry(all, &place, err);
		if (failed)
			return failed;
	}
	return 0;
}

static int same_folder(struct comparing *all, const char *path, struct error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY;
	cleanup_fd int a = inroot_beneath(all->tops[0], path, flags);
	cleanup_fd int b = a < 0 ? -1 : inroot_beneath(all->tops[1], path, flags);
	struct names names[SIDES] = { 0 };

	if (b < 0 && errno == EACCES) {
		++*all->unread;
		return 0;
	}
	if (b < 0)
		return fail_look("open", path, err);
	const int folders[SIDES] = { a, b };
	int failed = read_names(a, &names[0]) < 0 || read_names(b, &names[1]) < 0 ?
		fail_look("readdir", path, err) : same_names(all, path, folders, names, err);
	names_done(&names[0]);
	names_done(&names[1]);
	return failed;
}

int tree_same(int a, int b, size_t *unread, struct error *err)
{
	cleanup_free char *bytes = malloc((size_t)SIDES * CHUNK);
	struct comparing all = { .tops = { a, b }, .unread = unread, .bytes = { bytes, bytes + CHUNK } };

	if (!bytes)
		out_of_memory();
	int failed = same_entry(&all, &(struct place){ ".", ".", { a, b } }, err);
	if (!failed)
		memcpy(all.pending[0], "", 1);
	while (all.count) {
		cleanup_free char *path = all.pending[--all.count];
		if (!failed)
			failed = same_folder(&all, path, err);
	}
	free(all.pending);
	return failed;
}
