#include "image/entries.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/file/inroot.h"

enum { MOST = 20000 };

static bool is_known(const struct image_entries *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i].name, name) == 0)
			return true;
	return false;
}

/* overlay's whiteout: a character device 0:0. */
static bool is_whiteout(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == 0;
}

static bool is_folder(int root, const char *path, const struct dirent *entry, struct arena *arena)
{
	if (entry->d_type == DT_DIR)
		return true;
	if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
		return false;
	cleanup_fd int fd = inroot_open(root, arena_print(arena, "%s/%s", path, entry->d_name),
					O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	return fd >= 0;
}

static bool is_opaque(int folder)
{
	char value;

	return (fgetxattr(folder, "user.overlay.opaque", &value, 1) == 1 && value == 'y') ||
	       (fgetxattr(folder, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y');
}

/* What one layer adds. Returns whether those below are seen through it. */
static bool add_layer(struct image_entries *all, const char *layer, const char *path)
{
	cleanup_fd int root = open(layer, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = root < 0 ? -1 : inroot_open(root, *path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return true;
	}
	bool through = !is_opaque(fd);
	while ((entry = readdir(dir)) && all->count < MOST) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || is_known(all, name))
			continue;
		bool hidden = entry->d_type == DT_CHR && is_whiteout(fd, name);
		LIST_ROOM(all->list, all->count, all->room);
		all->list[all->count++] = (struct image_entry){
			arena_copy(&all->arena, name),
			!hidden && is_folder(root, path, entry, &all->arena), hidden
		};
	}
	closedir(dir);
	return through;
}

void image_entries(const char *const *layers, const char *path, struct image_entries *ret)
{
	*ret = (struct image_entries){ 0 };
	while (*layers && add_layer(ret, *layers, path))
		layers++;
}

void image_entries_done(struct image_entries *entries)
{
	free(entries->list);
	arena_done(&entries->arena);
}
