#include "base/file/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"

enum { MOST_LINKS = 40 };

/* ---- walking ---- */

/* A walk below root. rest is what is still to be resolved; gone is where it has come to, a path of
 * real folders, so that ".." can be walked again from root and nobody's ".." is trusted. */
struct walk {
	int root, here; /* here: O_PATH, owned */
	char gone[PATH_MAX], rest[PATH_MAX];
	int links;
	bool folder; /* a slash stood behind it all, before a link was put in its place */
	bool beneath; /* no link is followed, and nothing leads above root */
};

static int step_to(struct walk *walk, int fd)
{
	if (fd < 0)
		return -1;
	close(walk->here);
	walk->here = fd;
	return 0;
}

static int to_root(struct walk *walk)
{
	walk->gone[0] = '\0';
	return step_to(walk, openat(walk->root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Back to root and down again along gone less its last part. A link where a folder was: somebody
 * is at work here meanwhile. */
static int go_up(struct walk *walk)
{
	char way[PATH_MAX], *save = NULL;
	char *slash = strrchr(walk->gone, '/');

	if (!slash && walk->beneath) {
		errno = EXDEV;
		return -1;
	}
	memcpy(way, walk->gone, sizeof(way));
	way[slash ? slash - walk->gone : 0] = '\0';
	if (to_root(walk) < 0)
		return -1;
	memcpy(walk->gone, way, sizeof(way));
	for (char *part = strtok_r(way, "/", &save); part; part = strtok_r(NULL, "/", &save))
		if (step_to(walk, openat(walk->here, part, O_PATH | O_DIRECTORY | O_NOFOLLOW |
					 O_CLOEXEC)) < 0)
			return -1;
	return 0;
}

static int go_down(struct walk *walk, const char *part, int fd)
{
	size_t length = strlen(walk->gone);

	if (length + strlen(part) + 2 > sizeof(walk->gone)) {
		close(fd);
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(walk->gone + length, sizeof(walk->gone) - length, "/%s", part);
	return step_to(walk, fd);
}

/* A link, held by fd: what it says stands in its place. */
static int follow(struct walk *walk, int fd)
{
	if (walk->beneath) {
		errno = ELOOP;
		return -1;
	}
	size_t kept = strlen(walk->rest) + 1;
	char target[PATH_MAX];

	ssize_t n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		return -1;
	size_t length = (size_t)n;
	int code = ++walk->links > MOST_LINKS ? ELOOP : !length ? ENOENT :
		   length + 1 + kept > sizeof(walk->rest) ? ENAMETOOLONG : 0;
	if (code) {
		errno = code;
		return -1;
	}
	memmove(walk->rest + length + 1, walk->rest, kept);
	memcpy(walk->rest, target, length);
	walk->rest[length] = kept > 1 ? '/' : '\0';
	return target[0] == '/' ? to_root(walk) : 0;
}

/* Take the first part off rest. false when there is none. */
static bool next_part(struct walk *walk, char part[NAME_MAX + 2], bool *folder)
{
	const char *p = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(p, "/");

	if (!length)
		return false;
	size_t kept = length > NAME_MAX ? NAME_MAX + 1 : length;
	memcpy(part, p, kept);
	part[kept] = '\0';
	*folder = p[length] == '/';
	p += length;
	p += strspn(p, "/");
	memmove(walk->rest, p, strlen(p) + 1);
	return true;
}

/* The last part: opened in its folder. -1 with EAGAIN when it was a link, and there is more. */
static int open_last(struct walk *walk, const char *part, bool folder, int flags, mode_t mode)
{
	bool stays = (flags & O_NOFOLLOW) || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
	struct stat st;

	folder = folder || walk->folder;
	if (folder && (flags & O_CREAT)) {
		errno = EISDIR;
		return -1;
	}
	cleanup_fd int fd = openat(walk->here, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && !(errno == ENOENT && (flags & O_CREAT)))
		return -1;
	if (fd >= 0 && fstat(fd, &st) < 0)
		return -1;
	if (fd >= 0 && S_ISLNK(st.st_mode) && (folder || !stays)) {
		walk->folder = folder;
		if (follow(walk, fd) == 0)
			errno = EAGAIN;
		return -1;
	}
	if (folder)
		flags |= O_DIRECTORY;
	return openat(walk->here, part, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* One folder on the way. */
static int pass(struct walk *walk, const char *part)
{
	struct stat st;

	cleanup_fd int fd = openat(walk->here, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode))
		return follow(walk, fd);
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	return go_down(walk, part, steal_fd(&fd));
}

static int walk_all(struct walk *walk, int flags, mode_t mode)
{
	char part[NAME_MAX + 2];
	bool folder;

	while (next_part(walk, part, &folder)) {
		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			if (go_up(walk) < 0)
				return -1;
			continue;
		}
		if (walk->rest[0]) {
			if (pass(walk, part) < 0)
				return -1;
			continue;
		}
		int fd = open_last(walk, part, folder, flags, mode);
		if (fd >= 0 || errno != EAGAIN)
			return fd;
	}
	if (flags & O_CREAT) {
		errno = EISDIR;
		return -1;
	}
	return openat(walk->here, ".", flags | O_CLOEXEC);
}

static int walk_from(int root, bool beneath, const char *path, int flags, mode_t mode)
{
	struct walk walk;

	/* The way that was gone is one byte so far: not all of it is written. */
	walk.root = root;
	walk.beneath = beneath;
	walk.links = 0;
	walk.folder = false;
	walk.gone[0] = '\0';
	if (!path[0]) {
		errno = ENOENT;
		return -1;
	}
	if (strlen(path) >= sizeof(walk.rest)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(walk.rest, path, strlen(path) + 1);
	walk.here = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walk.here < 0)
		return -1;
	int fd = walk_all(&walk, flags, mode);
	int code = errno;
	close(walk.here);
	errno = code;
	return fd;
}

int inroot_walk(int root, const char *path, int flags, mode_t mode)
{
	return walk_from(root, false, path, flags, mode);
}

int inroot_walk_beneath(int base, const char *path, int flags)
{
	if (path[0] == '/') {
		errno = EXDEV;
		return -1;
	}
	return walk_from(base, true, *path ? path : ".", flags, 0);
}

/* ---- what others call ---- */

int inroot_open(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	int fd = sys_openat2(root, path, &how);
	return fd < 0 && errno == ENOSYS ? inroot_walk(root, path, flags, mode) : fd;
}

int inroot_beneath(int base, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	int fd = sys_openat2(base, *path ? path : ".", &how);
	return fd < 0 && errno == ENOSYS ? inroot_walk_beneath(base, path, flags) : fd;
}

int inroot_parent(int root, const char *path, const char **name)
{
	size_t length = strlen(path);
	char folder[PATH_MAX];

	while (length > 1 && path[length - 1] == '/')
		length--;
	const char *last = memrchr(path, '/', length);
	last = last ? last + 1 : path;
	size_t size = length - (size_t)(last - path);
	if (!size || path[length] || (size == 1 && last[0] == '.') ||
	    (size == 2 && last[0] == '.' && last[1] == '.')) {
		errno = EINVAL;
		return -1;
	}
	if (last - path >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(folder, sizeof(folder), "%.*s", (int)(last - path), path);
	*name = last;
	return inroot_open(root, folder[0] ? folder : ".", O_PATH | O_DIRECTORY, 0);
}

int inroot_mkdirs(int root, const char *path, mode_t mode)
{
	char way[PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof(way)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (size_t end = 0; end < length;) {
		end += strspn(path + end, "/");
		end += strcspn(path + end, "/");
		memcpy(way, path, end);
		way[end] = '\0';
		cleanup_fd int there = inroot_open(root, way, O_PATH | O_DIRECTORY, 0);
		if (there >= 0)
			continue;
		if (errno != ENOENT)
			return -1;
		const char *name;
		cleanup_fd int parent = inroot_parent(root, way, &name);
		if (parent < 0 || (mkdirat(parent, name, mode) < 0 && errno != EEXIST))
			return -1;
		cleanup_fd int made = inroot_open(root, way, O_PATH | O_DIRECTORY, 0);
		if (made < 0) {
			errno = errno == ENOENT ? EEXIST : errno;
			return -1;
		}
	}
	return inroot_open(root, length ? path : ".", O_PATH | O_DIRECTORY, 0);
}

char *inroot_name(int fd, char *ret)
{
	snprintf(ret, 32, "/proc/self/fd/%d", fd);
	return ret;
}
