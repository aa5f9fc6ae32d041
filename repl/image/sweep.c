#include "image/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/remove.h"
#include "base/text.h"
#include "image/digest.h"
#include "image/image.h"
#include "image/record.h"

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

/* A record with a dot in front is of an image whose name another has taken while it was in use. */
static bool is_left(int images, const char *file)
{
	cleanup_fd int fd = openat(images, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return file[0] == '.' && fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static int keep_record(struct kept *folders, struct kept *blobs, const char *path, int store, const char *file,
		       struct error *err)
{
	cleanup_image struct image image = { 0 };

	if (record_read(path, store, file, &image, err) < 0)
		return -1;
	keep(blobs, image.id + strlen(DIGEST_PREFIX));
	keep(blobs, image.digest + strlen(DIGEST_PREFIX));
	for (size_t i = 0; i < image.layer_count; i++) {
		keep(blobs, image.layers[i].digest + strlen(DIGEST_PREFIX));
		keep(folders, path_name(image.layers[i].folder));
	}
	return 0;
}

static void sort(struct kept *kept)
{
	if (kept->count)
		qsort(kept->names, kept->count, sizeof(*kept->names), compare);
}

static void done(struct kept *kept)
{
	arena_done(&kept->arena);
	free(kept->names);
}

static int keep_records(struct kept *folders, struct kept *blobs, const char *path, int store,
			struct error *err)
{
	DIR *images = open_folder(store, "images");
	int ret = 0;

	if (!images)
		return errno == ENOENT ? 0 : fail(err, errno, "open images");
	for (struct dirent *entry; ret == 0 && (entry = readdir(images));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (is_left(dirfd(images), entry->d_name))
			unlinkat(dirfd(images), entry->d_name, 0);
		else
			ret = keep_record(folders, blobs, path, store, entry->d_name, err);
	}
	closedir(images);
	sort(folders);
	sort(blobs);
	return ret;
}

static void sweep(const struct kept *kept, int store, const char *name, size_t *count,
		  uint64_t *bytes)
{
	DIR *folder = open_folder(store, name);
	struct stat st;

	if (!folder)
		return;
	for (struct dirent *entry; (entry = readdir(folder));) {
		if (entry->d_name[0] == '.' || is_kept(kept, entry->d_name) ||
		    fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (remove_tree(dirfd(folder), entry->d_name) < 0)
			continue; /* in somebody's way now; the next sweep finds it */
		*count += 1;
		*bytes += (uint64_t)st.st_size;
	}
	closedir(folder);
}

int store_sweep(const char *path, int store, size_t *layers, uint64_t *freed,
		struct error *err)
{
	struct kept folders = { 0 }, blobs = { 0 };
	size_t folders_gone = 0, blobs_gone = 0;
	uint64_t bytes = 0, unused = 0;

	int ret = keep_records(&folders, &blobs, path, store, err);
	if (ret == 0) {
		sweep(&folders, store, "layers/sha256", &folders_gone, &unused);
		sweep(&blobs, store, "blobs/sha256", &blobs_gone, &bytes);
	}
	done(&folders);
	done(&blobs);
	if (layers)
		*layers = folders_gone;
	if (freed)
		*freed = bytes;
	return ret;
}
