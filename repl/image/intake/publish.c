#include "image/intake/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "image/digest.h"
#include "image/name.h"
#include "image/store.h"
#include "image/intake/sweep.h"
#include "image/intake/intake.h"
#include "image/intake/there.h"

struct publishing {
	struct arena arena;
	int store, made, images;
	const char *path; /* the store's */
	const char *manifest, *config;
	json_t *folders, *blobs;
	const struct image_below *below;
	struct image_made *ret;
};

/* 64 digits: they become names of files. NULL for all else. */
static const char *digits(const json_t *json)
{
	const char *s = json_string_value(json);

	return s && strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64 ? s : NULL;
}

static int check(struct publishing *all, const json_t *result, struct error *err)
{
	const json_t *name;
	size_t i;

	all->manifest = digits(json_object_get(result, "manifest"));
	all->config = digits(json_object_get(result, "config"));
	all->folders = json_object_get(result, "folders");
	all->blobs = json_object_get(result, "blobs");
	bool good = all->manifest && all->config && json_is_array(all->folders) &&
		    (json_array_size(all->folders) || (all->below && all->below->count));
	json_array_foreach(all->folders, i, name)
		good = good && digits(name);
	json_array_foreach(all->blobs, i, name)
		good = good && digits(name);
	return good ? 0 : fail_id(err, ERR_READER_FAILED, 0, "the archive reader gave no valid result");
}

static int open_or_make(int at, const char *name)
{
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int open_sha256(struct publishing *all, const char *kind, struct error *err)
{
	cleanup_fd int folder = open_or_make(all->store, kind);
	int fd = folder < 0 ? -1 : open_or_make(folder, "sha256");

	return fd < 0 ? fail(err, errno, "mkdir %s/%s/sha256", vis(all->path), kind) : fd;
}

/* rename(2) of a folder changes its "..", for which an ordinary user must be allowed to write to
 * it. */
static int move(int from_at, const char *from, int at, const char *to)
{
	struct stat st;

	if (renameat(from_at, from, at, to) == 0)
		return 0;
	if (errno != EACCES || fstatat(from_at, from, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(from_at, from, 0700, 0) < 0 || renameat(from_at, from, at, to) < 0)
		return -1;
	return fchmodat(at, to, st.st_mode & 07777, 0);
}

/* They may have been removed since they were looked at. */
static int check_below(struct publishing *all, struct error *err)
{
	for (size_t i = 0; all->below && i < all->below->count; i++) {
		const char *path = arena_print(&all->arena, "layers/sha256/%s", all->below->folders[i]);
		if (faccessat(all->store, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return fail(err, errno, "a layer of the image below");
	}
	all->ret->layers = all->below ? all->below->count : 0;
	/* From here on the lock keeps them, and an image that gives its name to this one is in nobody's way. */
	for (size_t i = 0; all->below && i < all->below->held_count; i++)
		close(steal_fd(&all->below->held[i]));
	return 0;
}

/* A store that is lent outlives no crash: nothing in it waits for the disk. */
static int settle(int fd, int (*sync)(int))
{
	return store_is_lent() ? 0 : sync(fd);
}

/* It was in the store already, and those above it were laid over that one. */
static bool was_skipped(const struct publishing *all, const char *from)
{
	return all->below && all->below->there_count && faccessat(all->made, from, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

/* What the store has already stays: it is called by its content. -1 with err, or IMAGE_CHANGED. */
static int move_layers(struct publishing *all, struct error *err)
{
	cleanup_fd int to = open_sha256(all, "layers", err);
	const json_t *folder;
	struct stat st;
	char from[32];
	size_t i;

	if (to < 0)
		return -1;
	json_array_foreach(all->folders, i, folder) {
		const char *name = json_string_value(folder);
		all->ret->layers++;
		snprintf(from, sizeof(from), "layers/%zu", i);
		if (was_skipped(all, from)) {
			if (!there_still(all->below->there, all->below->there_count, to, name)) {
				fail(err, ENOENT, "the layer layers/sha256/%s", name);
				return IMAGE_CHANGED;
			}
			continue;
		}
		if (fstatat(to, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		if (move(all->made, from, to, name) < 0)
			return fail(err, errno, "rename a layer to layers/sha256/%s", name);
		all->ret->fresh++;
	}
	return settle(to, fsync) < 0 ? fail(err, errno, "fsync layers") : 0;
}

static int move_blobs(struct publishing *all, struct error *err)
{
	cleanup_fd int to = open_sha256(all, "blobs", err);
	const json_t *blob;
	char from[100];
	size_t i;

	if (to < 0)
		return -1;
	json_array_foreach(all->blobs, i, blob) {
		const char *name = json_string_value(blob);
		snprintf(from, sizeof(from), "blobs/%s", name);
		/* The same blob may be twice in an image: the second time it is gone. */
		if (renameat(all->made, from, to, name) < 0 &&
		    (errno != ENOENT || faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0))
			return fail(err, errno, "rename a blob to blobs/sha256/%s", name);
	}
	return settle(to, fsync) < 0 ? fail(err, errno, "fsync blobs") : 0;
}

/* A process that has the old image mounted keeps it, under a name that is not an image's. One that nobody has is
 * locked through *old, which the caller closes when its name is the new image's: until then nobody takes it. */
static int set_aside(struct publishing *all, int images, const char *file, int *old, struct error *err)
{
	struct stat st;

	*old = openat(images, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*old < 0)
		return errno == ENOENT ? 0 : fail(err, errno, "open images/%s", file);
	all->ret->replaced = true;
	if (flock(*old, LOCK_EX | LOCK_NB) == 0 || fstat(*old, &st) < 0)
		return 0;
	const char *aside = arena_print(&all->arena, ".%llu", (unsigned long long)st.st_ino);
	if (linkat(images, file, images, aside, 0) < 0 && errno != EEXIST)
		return fail(err, errno, "link images/%s", aside);
	return 0;
}

/* The names of all layers' folders, the lowest first. */
static json_t *all_folders(const struct publishing *all)
{
	json_t *ret = json_array(), *folder;
	size_t i;

	for (size_t below = 0; all->below && below < all->below->count; below++)
		json_array_append_new(ret, json_string(all->below->folders[below]));
	json_array_foreach(all->folders, i, folder)
		json_array_append(ret, folder);
	return ret;
}

static int write_record(struct publishing *all, struct error *err)
{
	static const char beside[] = ".new";
	const char *file = image_file(all->ret->name, &all->arena);
	int images = all->images;
	json_t *record = json_pack("{ss so so so}", "name", all->ret->name, "manifest",
				   json_sprintf(DIGEST_PREFIX "%s", all->manifest), "config",
				   json_sprintf(DIGEST_PREFIX "%s", all->config), "folders",
				   all_folders(all));
	char *s = record ? json_dumps(record, JSON_INDENT(1)) : NULL;
	json_decref(record);
	if (!s)
		out_of_memory();
	cleanup_free char *text = s;
	cleanup_fd int fd = openat(images, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
				   0600);
	cleanup_fd int old = -1;
	int failed = 0;
	if (fd < 0 || write_fd(fd, text, strlen(text)) < 0 || settle(fd, fsync) < 0)
		failed = fail(err, errno, "write images/%s", beside);
	else if (set_aside(all, images, file, &old, err) < 0)
		failed = -1;
	else if (renameat(images, beside, images, file) < 0 || settle(images, fsync) < 0)
		failed = fail(err, errno, "rename images/%s", beside);
	if (failed)
		unlinkat(images, beside, 0);
	return failed;
}

static int publish(struct publishing *all, struct error *err)
{
	struct error ignored;
	struct swept swept;

	if (settle(all->made, syncfs) < 0)
		return fail(err, errno, "syncfs %s", vis(all->path));
	cleanup_fd int store = store_lock(all->path, err);
	if (store < 0)
		return -1;
	all->store = store;
	if (check_below(all, err) < 0 || store_has_records(all->path, store, err) < 0)
		return -1;
	/* Before the first layer: whose records are gone can be told from what was never finished. */
	cleanup_fd int images = open_or_make(store, "images");
	if (images < 0)
		return fail(err, errno, "mkdir %s/images", vis(all->path));
	all->images = images;
	int failed = move_layers(all, err);
	if (failed || move_blobs(all, err) < 0 || write_record(all, err) < 0)
		return failed ? failed : -1;
	/* What a crash has left, or an image whose name was taken; it can wait for the next time. */
	store_sweep(all->path, store, NULL, &swept, &ignored);
	return 0;
}

int image_publish(const char *made, const json_t *result, const struct image_below *below,
		  struct image_made *ret, struct error *err)
{
	struct publishing all = { .ret = ret, .below = below };
	char path[4000];

	ret->layers = ret->fresh = 0;
	ret->replaced = false;
	if (check(&all, result, err) < 0 || store_path(path, sizeof(path), err) < 0)
		return -1;
	all.path = path;
	cleanup_fd int from = open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0)
		return fail(err, errno, "open %s", vis(made));
	all.made = from;
	int failed = publish(&all, err);
	arena_done(&all.arena);
	return failed;
}
