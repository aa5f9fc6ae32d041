#include "image/intake/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "image/copies/copies.h"
#include "image/digest.h"
#include "image/image.h"
#include "image/record.h"
#include "image/intake/known.h"
#include "ops/owned.h"

/* Names that some record has. The lowest layer's folder may be called as its blob is. */
struct kept {
	struct arena arena;
	const char **names;
	size_t count, room;
};

static void keep(struct kept *kept, const char *name)
{
	LIST_ROOM(kept->names, kept->count, kept->room);
	kept->names[kept->count++] = arena_copy(&kept->arena, name);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_kept(const struct kept *kept, const char *name)
{
	return kept->count && bsearch(&name, kept->names, kept->count, sizeof(*kept->names), compare);
}

static DIR *open_folder(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

/* A record with a dot in front is of an image whose name another has taken while it was in use. It goes while it is
 * locked: who is about to use it again finds out by its links. */
static bool removes_left(int images, const char *file)
{
	cleanup_fd int fd = file[0] == '.' ? openat(images, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return false;
	unlinkat(images, file, 0);
	return true;
}

static void add_image(struct kept *folders, struct kept *blobs, const struct image *image)
{
	keep(blobs, image->id + strlen(DIGEST_PREFIX));
	keep(blobs, image->digest + strlen(DIGEST_PREFIX));
	for (size_t i = 0; i < image->layer_count; i++) {
		keep(blobs, image->layers[i].digest + strlen(DIGEST_PREFIX));
		keep(folders, path_name(image->layers[i].folder));
	}
}

static int keep_record(struct kept *folders, struct kept *blobs, const char *path, int store, const char *file,
		       struct error *err)
{
	cleanup_image struct image image = { 0 };

	if (record_read(path, store, file, &image, err) < 0)
		return -1;
	add_image(folders, blobs, &image);
	return 0;
}

static void sort(struct kept *kept)
{
	if (kept->count)
		qsort(kept->names, kept->count, sizeof(*kept->names), compare);
}

static void keep_image(struct kept *folders, struct kept *blobs, const struct image *image)
{
	add_image(folders, blobs, image);
	sort(folders);
	sort(blobs);
}

static void done(struct kept *kept)
{
	arena_done(&kept->arena);
	free(kept->names);
}

static bool has_any(int store, const char *name)
{
	DIR *folder = open_folder(store, name);
	const struct dirent *entry;
	bool any = false;

	while (folder && !any && (entry = readdir(folder)))
		any = entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return any;
}

int store_has_records(const char *path, int store, struct error *err)
{
	if (faccessat(store, "images", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (errno != ENOENT)
		return fail(err, errno, "look for %s/images", vis(path));
	if (!has_any(store, "layers/sha256") && !has_any(store, "blobs/sha256"))
		return 0;
	fail_id(err, ERR_STORE_DAMAGED, 0, "%s/images: it is missing", vis(path));
	fail_why(err, "the records of the images were in it, and their layers and blobs are here. Put it back; beside an empty one "
		      "image verify removes what no record names");
	return fail_fix(err, "!mkdir -m 700 %s/images", vis(path));
}

/* How many records are damaged, the last of which err reports; -1 with err. *unread: the errno of one that could not
 * be read, and may be whole. */
static int keep_records(struct kept *folders, struct kept *blobs, const char *path, int store, int *unread,
			struct error *err)
{
	int damaged = 0, any = store_has_records(path, store, err);

	if (any <= 0)
		return any;
	DIR *images = open_folder(store, "images");
	if (!images)
		return fail(err, errno, "open images");
	for (struct dirent *entry; errno = 0, (entry = readdir(images));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!removes_left(dirfd(images), entry->d_name) &&
		    keep_record(folders, blobs, path, store, entry->d_name, err) < 0) {
			damaged++;
			*unread = err->code ? err->code : *unread;
		}
	}
	int code = errno;
	closedir(images);
	sort(folders);
	sort(blobs);
	return code ? fail(err, code, "read images") : damaged;
}

/* In somebody's way now: the next sweep finds it. */
static void leave(struct swept *swept)
{
	swept->code = swept->left++ ? swept->code : errno;
}

/* Remove what is not kept; only names among those wanted, where that is not NULL. */
static int sweep(const struct kept *kept, const struct kept *wanted, int store, const char *name,
		 size_t *count, uint64_t *bytes, struct swept *swept, struct error *err)
{
	DIR *folder = open_folder(store, name);
	struct stat st;

	if (!folder)
		return errno == ENOENT ? 0 : fail(err, errno, "open %s", name);
	for (struct dirent *entry; errno = 0, (entry = readdir(folder));) {
		if (entry->d_name[0] == '.' || is_kept(kept, entry->d_name) ||
		    (wanted && !is_kept(wanted, entry->d_name)))
			continue;
		if (fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    remove_owned(dirfd(folder), entry->d_name) < 0) {
			leave(swept);
			continue;
		}
		*count += 1;
		*bytes += (uint64_t)st.st_size;
	}
	int code = errno;
	closedir(folder);
	return code ? fail(err, code, "read %s", name) : 0;
}

int store_sweep(const char *path, int store, const struct image *gone, struct swept *ret,
		struct error *err)
{
	struct kept folders = { 0 }, blobs = { 0 }, gone_folders = { 0 }, gone_blobs = { 0 };
	uint64_t unused = 0;

	*ret = (struct swept){ 0 };
	if (gone)
		keep_image(&gone_folders, &gone_blobs, gone);
	int unread = 0, damaged = keep_records(&folders, &blobs, path, store, &unread, err);
	/* What a damaged record names cannot be told from what nobody names: then only what the
	 * image had that is gone is looked at. */
	bool narrow = damaged > 0;
	int failed = damaged < 0 ? -1 : 0;
	/* A whole image may have all of it: the next sweep finds what it has not. */
	if (damaged >= 0 && unread) {
		ret->left = gone ? gone_folders.count + gone_blobs.count : 1;
		ret->code = unread;
	} else if (damaged >= 0)
		failed = sweep(&folders, narrow ? &gone_folders : NULL, store, "layers/sha256",
			       &ret->layers, &unused, ret, err) < 0 ||
			 sweep(&blobs, narrow ? &gone_blobs : NULL, store, "blobs/sha256", &ret->blobs,
			       &ret->bytes, ret, err) < 0 ? -1 : 0;
	ret->copies = failed || unread ? 0 : layer_copies_sweep(store);
	ret->known = failed || unread ? 0 : known_sweep(store);
	ret->damaged = damaged > 0 ? (size_t)damaged : 0;
	done(&folders);
	done(&blobs);
	done(&gone_folders);
	done(&gone_blobs);
	return failed;
}
