#include "image/volume.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "image/store.h"

enum { MOST_LOCKS = 1 << 20, MOST_NAME = 200 };

bool volume_is_name(const char *s)
{
	size_t length = strlen(s);

	if (length < 2 || length > MOST_NAME || !isalnum((unsigned char)s[0]))
		return false;
	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_.-", *p))
			return false;
	return true;
}

const char *volume_fresh_name(struct arena *arena)
{
	unsigned char bytes[VOLUME_ID / 2];
	char *name = arena_new(arena, VOLUME_ID + 1);

	/* It cannot fail for so few bytes: getrandom(2). */
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		abort();
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(name + 2 * i, 3, "%02x", bytes[i]);
	return name;
}

/* Which process holds a lock on the file: /proc/locks, "1: FLOCK  ADVISORY  READ 4711 fe:00:1234 0 EOF". */
static pid_t lock_holder(const struct stat *st)
{
	cleanup_text struct text locks = { 0 };
	unsigned major_, minor_;
	unsigned long long inode;
	char *save = NULL;
	int pid;

	if (read_file(AT_FDCWD, "/proc/locks", MOST_LOCKS, &locks) < 0 || !locks.len)
		return 0;
	for (char *line = strtok_r(locks.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%*s FLOCK %*s %*s %d %x:%x:%llu", &pid, &major_, &minor_, &inode) == 4 &&
		    makedev(major_, minor_) == st->st_dev && inode == st->st_ino)
			return pid;
	return 0;
}

/* 0; -1 with errno set: is_none() of it where there is no such volume. */
static int read_volume(int folder, const char *name, const char *path, struct arena *arena,
		       struct volume *ret)
{
	cleanup_fd int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st, data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (fstatat(fd, "_data", &data, AT_SYMLINK_NOFOLLOW) < 0) {
		int code = errno;
		*ret = (struct volume){ .name = arena_copy(arena, name), .cut = code == ENOENT };
		ret->data = arena_print(arena, "%s/%s/_data", path, name);
		errno = code;
		return -1;
	}
	if (!S_ISDIR(data.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	*ret = (struct volume){ .name = arena_copy(arena, name), .created = st.st_ctim.tv_sec };
	ret->data = arena_print(arena, "%s/%s/_data", path, name);
	ret->anonymous = strlen(name) == VOLUME_ID && strspn(name, "0123456789abcdef") == VOLUME_ID;
	ret->used = flock(fd, LOCK_EX | LOCK_NB) < 0;
	if (ret->used && errno != EWOULDBLOCK)
		return -1;
	ret->user = ret->used ? lock_holder(&st) : 0;
	return 0;
}

/* A file, a link or nothing: no volume. All else says that it could not be looked at. */
static bool is_none(int code)
{
	return code == ENOENT || code == ENOTDIR || code == ELOOP;
}

int volume_find(const char *name, struct arena *arena, struct volume *ret, struct error *err)
{
	char path[4096];
	cleanup_fd int folder = store_open_part("volumes", path, sizeof(path), err);

	if (folder < 0 && err->code != ENOENT)
		return -1;
	if (folder >= 0 && volume_is_name(name)) {
		if (read_volume(folder, name, path, arena, ret) == 0)
			return 0;
		if (!is_none(errno))
			return fail(err, errno, "read the volume %s", vis(name));
	}
	fail_id(err, ERR_VOLUME_ABSENT, ENOENT, "there is no volume %s", vis(name));
	if (!volume_is_name(name))
		return fail_fix(err, "volume ls lists them");
	return fail_fix(err, "volume ls lists them; volume create %s makes it", vis(name));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct volume *)a)->name, ((const struct volume *)b)->name);
}

int volume_list(struct volumes *ret, struct error *err)
{
	char path[4096];
	size_t room = 0;
	int code = 0;

	*ret = (struct volumes){ 0 };
	int fd = store_open_part("volumes", path, sizeof(path), err);
	if (fd < 0)
		return err->code == ENOENT ? 0 : -1;
	DIR *folder = fdopendir(fd);
	if (!folder)
		out_of_memory();
	for (struct dirent *entry; !code && (errno = 0, entry = readdir(folder));) {
		if (!volume_is_name(entry->d_name))
			continue;
		LIST_ROOM(ret->list, ret->count, room);
		if (read_volume(fd, entry->d_name, path, &ret->arena, &ret->list[ret->count]) == 0)
			ret->count++;
		else if (!is_none(errno))
			code = errno;
	}
	code = code ? code : errno;
	closedir(folder);
	if (code) {
		volumes_done(ret);
		return fail(err, code, "read the volumes in %s", vis(path));
	}
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), by_name);
	return 0;
}

void volumes_done(struct volumes *volumes)
{
	free(volumes->list);
	arena_done(&volumes->arena);
	*volumes = (struct volumes){ 0 };
}
