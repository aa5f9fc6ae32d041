#include "image/copies/copies.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "ops/owned.h"

const char *layer_copy_place(const char *store, const char *folder, unsigned long uid, unsigned long gid,
			     struct arena *arena, const char **scratch)
{
	if (!path_inside(store, folder))
		return NULL;
	*scratch = arena_print(arena, "%s/scratch", store);
	return arena_print(arena, "%s/copies/%s.%lu.%lu", store, path_name(folder), uid, gid);
}

/* The length of NAME in "NAME.UID.GID"; 0 where that is not a copy's name. */
static size_t layer_of(const char *name)
{
	const char *gid = strrchr(name, '.'), *uid = gid ? memrchr(name, '.', (size_t)(gid - name)) : NULL;

	return uid && uid[1] != '.' && gid[1] ? (size_t)(uid - name) : 0;
}

static DIR *open_copies(int store)
{
	int fd = openat(store, "copies", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

int layer_copies_count(const char *path, const char *folder)
{
	const char *layer = path_name(folder);
	int ret = 0;

	cleanup_fd int store = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *copies = store < 0 ? NULL : open_copies(store);
	if (!copies)
		return errno == ENOENT ? 0 : -1;
	for (struct dirent *entry; (entry = readdir(copies));) {
		size_t length = layer_of(entry->d_name);
		ret += length > 0 && length == strlen(layer) && memcmp(entry->d_name, layer, length) == 0;
	}
	closedir(copies);
	return ret;
}

/* A layer's folder, or the default root's. */
static bool has_layer(int store, const char *copy, size_t length)
{
	char layer[512], root[300];

	snprintf(layer, sizeof(layer), "layers/sha256/%.*s", (int)length, copy);
	snprintf(root, sizeof(root), "%.*s", (int)length, copy);
	return faccessat(store, layer, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT ||
	       faccessat(store, root, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

size_t layer_copies_sweep(int store)
{
	DIR *copies = open_copies(store);
	size_t ret = 0;

	if (!copies)
		return 0;
	for (struct dirent *entry; (entry = readdir(copies));) {
		size_t length = layer_of(entry->d_name);
		if (length && !has_layer(store, entry->d_name, length))
			ret += remove_owned(dirfd(copies), entry->d_name) == 0;
	}
	closedir(copies);
	return ret;
}
