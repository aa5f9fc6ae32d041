#include "base/file/shift.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"

enum { CHUNK = 1 << 22 /* bytes between two looks whether to go on */ };

/* A folder on the way down, and the folders in it that are still to be gone into. */
struct level {
	struct text names; /* NUL after each */
	size_t next;       /* of names */
	size_t path;       /* the length of the path of the level above */
};

struct walk {
	int from, to;         /* the lowest level's */
	int top;              /* of the copy */
	const struct shift *shift;
	struct shifted *counts;
	struct level *levels;
	size_t depth, room;
	struct text path;     /* of the lowest level, below the top */
	void *linked;         /* tsearch(3)'s tree of files with several names */
};

/* A file that has more names than one: where its copy is. */
struct linked {
	dev_t device;
	ino_t inode;
	char *path;
};

static uid_t moved(unsigned long first, unsigned long id, unsigned long count)
{
	return id < count ? (uid_t)(first + id) : SHIFT_NOBODY;
}

static uid_t uid_of(const struct walk *walk, const struct stat *st)
{
	return walk->shift->contents ? st->st_uid : moved(walk->shift->uid, st->st_uid, walk->shift->count);
}

static gid_t gid_of(const struct walk *walk, const struct stat *st)
{
	return walk->shift->contents ? st->st_gid : moved(walk->shift->gid, st->st_gid, walk->shift->count);
}

/* Whose a file is by the record of it, where that counts and can be; *st is as it was elsewhere. */
static bool find_owner(const struct walk *walk, int fd, struct stat *st)
{
	char value[32];
	ssize_t length = walk->shift->recorded ? fgetxattr(fd, SHIFT_OWNER, value, sizeof(value) - 1) : -1;
	unsigned uid, gid;

	if (length < 0)
		return false;
	value[length] = '\0';
	if (sscanf(value, "%u:%u", &uid, &gid) != 2 || uid >= walk->shift->count || gid >= walk->shift->count)
		return false;
	st->st_uid = uid;
	st->st_gid = gid;
	return true;
}

/* ---- one file ---- */

/* Its owner, at name below dirfd, or dirfd itself for "". 1: of contents, one that is not mapped here (chown(2): EINVAL).
 * -1 with errno. */
static int give(const struct walk *walk, int dirfd, const char *name, const struct stat *st)
{
	if (fchownat(dirfd, name, uid_of(walk, st), gid_of(walk, st), AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return walk->shift->contents && errno == EINVAL ? 1 : -1;
}

/* The owner first: a change of it takes the setuid bit and the capabilities away. */
static int copy_meta(const struct walk *walk, int from, int to, const struct stat *st)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };
	struct stat owned = *st;

	bool known = find_owner(walk, from, &owned);
	int given = give(walk, to, "", &owned);
	if (given < 0 || shift_attributes(from, to, walk->shift) < 0 || (known && fremovexattr(to, SHIFT_OWNER) < 0) ||
	    fchmod(to, st->st_mode & (given ? 01777 : 07777)) < 0)
		return -1;
	return futimens(to, times);
}

static int copy_range(int from, int to, off_t at, off_t end)
{
	if (lseek(to, at, SEEK_SET) < 0)
		return -1;
	while (at < end) {
		off_t left = end - at;
		if (await_interrupted()) {
			errno = EINTR;
			return -1;
		}
		ssize_t n = sendfile(to, from, &at, (size_t)(left < CHUNK ? left : CHUNK));
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			break;
	}
	return 0;
}

/* What is a hole stays one. */
static int copy_bytes(int from, int to, off_t size)
{
	for (off_t at = 0; at < size;) {
		off_t data = lseek(from, at, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			break;
		off_t hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
		if (hole < 0 || copy_range(from, to, data, hole) < 0)
			return -1;
		at = hole;
	}
	return ftruncate(to, size);
}

static int copy_file(const struct walk *walk, const char *name, const struct stat *st)
{
	cleanup_fd int from = openat(walk->from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	cleanup_fd int to = from < 0 ? -1 : openat(walk->to, name, O_WRONLY | O_CREAT | O_EXCL |
						   O_NOFOLLOW | O_CLOEXEC, 0600);

	if (to < 0 || copy_bytes(from, to, st->st_size) < 0)
		return -1;
	walk->counts->bytes += (uint64_t)st->st_size;
	return copy_meta(walk, from, to, st);
}

/* A link, a pipe, a device, a socket: nothing is opened. */
static int copy_node(const struct walk *walk, const char *name, const struct stat *st)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };
	bool link = S_ISLNK(st->st_mode);
	char target[PATH_MAX];
	ssize_t length = link ? readlinkat(walk->from, name, target, sizeof(target) - 1) : 0;

	if (length < 0)
		return -1;
	target[length] = '\0';
	int made = link ? symlinkat(target, walk->to, name) :
			  mknodat(walk->to, name, (st->st_mode & S_IFMT) | 0600, st->st_rdev);
	if (made < 0 || give(walk, walk->to, name, st) < 0 ||
	    (!link && fchmodat(walk->to, name, st->st_mode & 07777, 0) < 0))
		return -1;
	return utimensat(walk->to, name, times, AT_SYMLINK_NOFOLLOW);
}

/* ---- files with several names ---- */

static int compare(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->inode == y->inode ? 0 : x->inode < y->inode ? -1 : 1;
}

static void forget(void *node)
{
	struct linked *linked = node;

	free(linked->path);
	free(linked);
}

/* The path below the top of what is called name in the lowest level, on the heap. */
static char *path_of(const struct walk *walk, const char *name)
{
	char *ret = NULL;

	if (asprintf(&ret, "%s%s", text_of(&walk->path), name) < 0)
		out_of_memory();
	return ret;
}

/* 1: another name of it was copied, and this one was linked to it. 0: it is the first one. -1 with errno. */
static int link_to_first(struct walk *walk, const char *name, const struct stat *st)
{
	struct linked *key = malloc(sizeof(*key));

	if (!key)
		out_of_memory();
	*key = (struct linked){ st->st_dev, st->st_ino, NULL };
	struct linked **found = tsearch(key, &walk->linked, compare);
	if (!found)
		out_of_memory();
	if (*found == key) {
		key->path = path_of(walk, name);
		return 0;
	}
	free(key);
	if (linkat(walk->top, (*found)->path, walk->to, name, 0) == 0)
		return 1;
	/* A path may be too long, or a file have as many names as its file system allows: a copy then. */
	return errno == ENAMETOOLONG || errno == EMLINK ? 0 : -1;
}

/* ---- the walk ---- */

/* Where it was when it failed. Returns -1; errno stays. */
static int failed_at(const struct walk *walk, const char *name)
{
	int code = errno;

	if (walk->counts->failed && !walk->counts->failed->len)
		text_addf(walk->counts->failed, "%s%s", text_of(&walk->path), name);
	errno = code;
	return -1;
}

static int copy_entry(struct walk *walk, const char *name)
{
	struct level *level = &walk->levels[walk->depth - 1];
	struct stat st;

	if (await_interrupted())
		errno = EINTR;
	if (await_interrupted() || fstatat(walk->from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (walk->shift->contents && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode) || S_ISSOCK(st.st_mode)))
		return 0;
	walk->counts->entries++;
	if (S_ISDIR(st.st_mode)) {
		text_addn(&level->names, name, strlen(name) + 1);
		return 0;
	}
	int linked = st.st_nlink > 1 ? link_to_first(walk, name, &st) : 0;
	if (linked != 0)
		return linked < 0 ? -1 : 0;
	return S_ISREG(st.st_mode) ? copy_file(walk, name, &st) : copy_node(walk, name, &st);
}

/* All that is in the lowest level but folders, whose names are noted. */
static int copy_level(struct walk *walk)
{
	int fd = openat(walk->from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0;
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder)
		return -1;
	for (struct dirent *entry; !failed && (errno = 0, entry = readdir(folder));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			failed = copy_entry(walk, entry->d_name) < 0 ? failed_at(walk, entry->d_name) : 0;
	int code = errno;
	closedir(folder);
	errno = code;
	return code ? -1 : 0;
}

static int go_to(struct walk *walk, const char *from, const char *to)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	cleanup_fd int f = openat(walk->from, from, flags);
	cleanup_fd int t = f < 0 ? -1 : openat(walk->to, to, flags);

	if (t < 0)
		return -1;
	close(walk->from);
	close(walk->to);
	walk->from = steal_fd(&f);
	walk->to = steal_fd(&t);
	return 0;
}

static void push(struct walk *walk, const char *name)
{
	LIST_ROOM(walk->levels, walk->depth, walk->room);
	walk->levels[walk->depth++] = (struct level){ .path = walk->path.len };
	if (name)
		text_addf(&walk->path, "%s/", name);
}

/* Its times last: what is made in a folder changes them. */
static int pop(struct walk *walk)
{
	struct level *level = &walk->levels[walk->depth - 1];
	struct stat st;

	if (fstat(walk->from, &st) < 0 || copy_meta(walk, walk->from, walk->to, &st) < 0)
		return -1;
	text_done(&level->names);
	walk->path.len = level->path;
	if (walk->path.s)
		walk->path.s[walk->path.len] = '\0';
	return --walk->depth ? go_to(walk, "..", "..") : 0;
}

static int go_down(struct walk *walk, const char *name)
{
	if (mkdirat(walk->to, name, 0700) < 0 || go_to(walk, name, name) < 0)
		return failed_at(walk, name);
	push(walk, name);
	return copy_level(walk);
}

static int walk_all(struct walk *walk)
{
	if (walk->from < 0 || walk->to < 0)
		return -1;
	push(walk, NULL);
	for (int failed = copy_level(walk); walk->depth;) {
		struct level *level = &walk->levels[walk->depth - 1];
		if (failed)
			return failed_at(walk, "");
		const char *name = level->next < level->names.len ? level->names.s + level->next : NULL;
		level->next += name ? strlen(name) + 1 : 0;
		failed = name ? go_down(walk, name) : pop(walk);
	}
	return 0;
}

int shift_tree(int from, int to, const struct shift *shift, struct shifted *ret)
{
	struct walk walk = { .from = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			     .to = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			     .top = to, .shift = shift, .counts = ret };
	int failed = walk_all(&walk), code = errno;

	while (walk.depth)
		text_done(&walk.levels[--walk.depth].names);
	free(walk.levels);
	text_done(&walk.path);
	tdestroy(walk.linked, forget);
	cleanup_fd_(&walk.from);
	cleanup_fd_(&walk.to);
	errno = code;
	return failed;
}
