#include "base/file/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "base/file/statx.h"

enum { MOST_NAMES = 256 * 1024 /* bytes of folders' names that are noted at a time */ };

/* Which mount a folder is on: a bind mount of the same device has an id of its own. Linux tells it
 * since 5.8; before that the device alone says so. */
struct place {
	unsigned major, minor;
	uint64_t mount;
};

/* A folder on the way down, and the folders in it that are still to be gone into. */
struct level {
	uint64_t inode;
	struct text names; /* NUL after each */
	size_t at, next;   /* the one that is being gone into, and the one after it */
};

struct walk {
	int fd; /* the lowest level's */
	struct place place;
	struct level *levels;
	size_t depth, room;
};

static void push(struct walk *walk, int fd, uint64_t inode)
{
	LIST_ROOM(walk->levels, walk->depth, walk->room);
	cleanup_fd_(&walk->fd);
	walk->fd = fd;
	walk->levels[walk->depth++] = (struct level){ .inode = inode };
}

static void pop(struct walk *walk)
{
	text_done(&walk->levels[--walk->depth].names);
}

/* Where statx(2) is missing, the C library may stand in for it, and does not know STATX_MNT_ID. */
static int look_plainly(int fd, struct place *place, uint64_t *inode, mode_t *mode)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	*place = (struct place){ major(st.st_dev), minor(st.st_dev), 0 };
	*inode = st.st_ino;
	*mode = st.st_mode;
	return 0;
}

/* What a folder is, and where. -1 with errno set. */
static int look(int fd, struct place *place, uint64_t *inode, mode_t *mode)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		  STATX_INO | STATX_MODE | STATX_MNT_ID, &st) < 0)
		return errno == ENOSYS || errno == EINVAL ? look_plainly(fd, place, inode, mode) : -1;
	*place = (struct place){ st.stx_dev_major, st.stx_dev_minor,
				 st.stx_mask & STATX_MNT_ID ? st.stx_mnt_id : 0 };
	*inode = st.stx_ino;
	*mode = st.stx_mode;
	return 0;
}

static bool is_same(const struct place *a, const struct place *b)
{
	return a->major == b->major && a->minor == b->minor && a->mount == b->mount;
}

/* A folder may forbid its own owner to look into it, or to take anything out of it. */
static int open_folder(int dirfd, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dirfd, name, flags);

	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0700, 0) == 0)
		fd = openat(dirfd, name, flags);
	return fd;
}

/* Go into a folder of the mount where the walk is. -1 with errno set. */
static int go_down(struct walk *walk, int dirfd, const char *name)
{
	cleanup_fd int fd = open_folder(dirfd, name);
	struct place place;
	uint64_t inode;
	mode_t mode;

	if (fd < 0 || look(fd, &place, &inode, &mode) < 0)
		return -1;
	if (!is_same(&place, &walk->place)) {
		errno = EXDEV;
		return -1;
	}
	if ((mode & 0700) != 0700 && fchmod(fd, 0700) < 0)
		return -1;
	push(walk, steal_fd(&fd), inode);
	return 0;
}

/* Back to the level above, by ".." where no descriptor is kept; and away with the folder that is
 * empty now. It may have been moved elsewhere meanwhile, and ".." with it. */
static int go_up(struct walk *walk)
{
	const struct level *above = &walk->levels[walk->depth - 2];
	cleanup_fd int fd = openat(walk->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct place place;
	uint64_t inode;
	mode_t mode;

	if (fd < 0 || look(fd, &place, &inode, &mode) < 0)
		return -1;
	if (inode != above->inode || !is_same(&place, &walk->place)) {
		errno = EBUSY;
		return -1;
	}
	cleanup_fd_(&walk->fd);
	walk->fd = steal_fd(&fd);
	pop(walk);
	/* Somebody else may have put something into it: then it is met again. */
	return unlinkat(walk->fd, above->names.s + above->at, AT_REMOVEDIR) < 0 &&
	       errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST ? -1 : 0;
}

/* Remove what is not a folder, and note the folders. How many entries there were; -1 with errno
 * set. */
static int scan(const struct walk *walk, struct level *level)
{
	int fd = openat(walk->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder) {
		cleanup_fd_(&fd);
		return -1;
	}
	text_clear(&level->names);
	level->at = level->next = 0;
	for (struct dirent *entry; count >= 0 && (entry = readdir(folder));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		count++;
		if (unlinkat(fd, entry->d_name, 0) == 0 || errno == ENOENT)
			continue;
		/* Linux says EISDIR for a folder, POSIX EPERM, as both do for a file that is immutable. */
		if (errno != EISDIR && !(errno == EPERM && entry->d_type == DT_DIR))
			count = -1;
		else if (level->names.len < MOST_NAMES)
			text_addn(&level->names, entry->d_name, strlen(entry->d_name) + 1);
	}
	int code = errno;
	closedir(folder);
	errno = code;
	return count;
}

/* The next folder to go into; NULL where all that were noted are done. */
static const char *next_folder(struct level *level)
{
	if (level->next >= level->names.len)
		return NULL;
	level->at = level->next;
	level->next += strlen(level->names.s + level->at) + 1;
	return level->names.s + level->at;
}

/* Empty the folder that the walk has begun with. */
static int empty(struct walk *walk)
{
	for (;;) {
		struct level *level = &walk->levels[walk->depth - 1];
		const char *name = next_folder(level);
		if (name) {
			if (go_down(walk, walk->fd, name) < 0 && errno != ENOENT)
				return -1;
			continue;
		}
		int count = scan(walk, level);
		if (count < 0)
			return -1;
		if (count == 0 && walk->depth == 1)
			return 0;
		if (count == 0 && go_up(walk) < 0)
			return -1;
	}
}

/* The mount that the tree lies on is the one that its folder does, which is none of the tree's own. */
static int begin(struct walk *walk, int dirfd, const char *name)
{
	cleanup_fd int fd = -1;
	uint64_t inode;
	mode_t mode;
	const char *slash = strrchr(name, '/');
	cleanup_text struct text parent = { 0 };

	text_addn(&parent, name, slash ? (size_t)(slash + 1 - name) : 0);
	fd = openat(dirfd, parent.len ? parent.s : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || look(fd, &walk->place, &inode, &mode) < 0)
		return -1;
	return go_down(walk, dirfd, name);
}

int remove_tree(int dirfd, const char *name)
{
	struct walk walk = { .fd = -1 };

	if (unlinkat(dirfd, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	bool refused = errno == EPERM;
	int failed = begin(&walk, dirfd, name);
	if (failed && refused && errno == ENOTDIR)
		errno = EPERM;
	if (!failed)
		failed = empty(&walk);
	int code = errno;
	while (walk.depth)
		pop(&walk);
	free(walk.levels);
	cleanup_fd_(&walk.fd);
	errno = code;
	return failed ? -1 : unlinkat(dirfd, name, AT_REMOVEDIR);
}
