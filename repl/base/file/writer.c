#include "base/file/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "base/text.h"

/* ---- what bears the name ---- */

/* In a folder for everybody a link is followed only if it belongs to this user or to the folder's owner. */
static int refuse_foreign_link(int dirfd, const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct stat link, folder;

	if (fstatat(dirfd, path, &link, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(link.st_mode))
		return 0;
	if (fstatat(dirfd, path_parent(&arena, path), &folder, 0) < 0)
		return fail(err, errno, "stat %s", vis(path_parent(&arena, path)));
	bool everybodys = (folder.st_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH);
	if (!everybodys || link.st_uid == geteuid() || link.st_uid == folder.st_uid)
		return 0;
	fail(err, EACCES, "open %s", vis(path));
	return fail_why(err, "it is a symbolic link of user %u's in a folder that all users may write to", link.st_uid);
}

enum { MOST_LINKS = 40, PROC_ROOT = 1 /* the inode of a proc's root */ };

/* Whether a link, read into target, is one of proc(5)'s that lead to what a process holds: those in its root, "self", do
 * not. -1: it is no link. */
static int is_magic(int dirfd, const char *path, char target[PATH_MAX])
{
	cleanup_arena struct arena arena = { 0 };
	struct stat folder;
	struct statfs fs;
	ssize_t n = readlinkat(dirfd, path, target, PATH_MAX - 1);

	cleanup_fd int fd = n < 0 ? -1 : openat(dirfd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &fs) < 0 || fstatat(dirfd, path_parent(&arena, path), &folder, 0) < 0)
		return -1;
	target[n] = '\0';
	return fs.f_type == PROC_SUPER_MAGIC && folder.st_ino != PROC_ROOT;
}

/* For kernels without openat2(2): the links at the end of the path, one after the other. */
static bool ends_in_magic(int dirfd, const char *path)
{
	cleanup_arena struct arena arena = { 0 };
	char target[PATH_MAX];

	for (int links = 0; links < MOST_LINKS; links++) {
		int magic = is_magic(dirfd, path, target);
		if (magic)
			return magic > 0;
		path = target[0] == '/' ? arena_copy(&arena, target) : path_join(&arena, path_parent(&arena, path), target);
	}
	return false;
}

/* Whether the way to it goes through a descriptor of some process, as /dev/stdout does: what is at
 * its end has been opened already, and is not to be replaced. */
static bool is_open_already(int dirfd, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
	cleanup_fd int fd = sys_openat2(dirfd, path, &how);

	return fd < 0 && (errno == ELOOP || (errno == ENOSYS && ends_in_magic(dirfd, path)));
}

/* Open for writing what a descriptor (O_PATH) holds. A pipe that nobody reads is an error. */
static int open_held(int held, int flags)
{
	char name[40];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", held);
	cleanup_fd int fd = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
	if (fd < 0 || fcntl(fd, F_SETFL, flags & O_APPEND) < 0)
		return -1;
	return steal_fd(&fd);
}

static int fail_open(const char *path, struct error *err)
{
	int code = errno;
	struct stat st;

	fail(err, code, "open %s", vis(path));
	if (code != ENXIO)
		return -1;
	bool pipe = stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
	return fail_why(err, pipe ? "no process reads from the pipe" : "no device is behind the node");
}

/* The folder that a held file lies in, and its name there. */
static int find_folder(int held, const struct stat *st, struct writer *ret)
{
	cleanup_arena struct arena arena = { 0 };
	char link[40], path[PATH_MAX];
	struct stat now;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", held);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return -1;
	path[n] = '\0';
	cleanup_fd int folder = open(path_parent(&arena, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -1;
	snprintf(ret->name, sizeof(ret->name), "%s", path_name(path));
	if (fstatat(folder, ret->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (now.st_dev != st->st_dev || now.st_ino != st->st_ino) {
		errno = ESTALE;
		return -1;
	}
	ret->folder = steal_fd(&folder);
	return 0;
}

/* ---- what is written beside it ---- */

/* Make writer->beside, a new name: what make() answers, for which any other name is tried where one is taken. */
static int make_beside(struct writer *writer, int (*make)(const struct writer *writer, mode_t mode), mode_t mode)
{
	unsigned number;

	for (int tries = 0; tries < 16; tries++) {
		if (getrandom(&number, sizeof(number), 0) < 0)
			break;
		snprintf(writer->beside, sizeof(writer->beside), "%.240s.%08x~", writer->name, number);
		int ret = make(writer, mode);
		if (ret >= 0)
			return ret;
		if (errno != EEXIST)
			break;
	}
	writer->beside[0] = '\0';
	return -1;
}

static int make_named(const struct writer *writer, mode_t mode)
{
	return openat(writer->folder, writer->beside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* A file without a name goes with who writes it, however that ends; not every file system has them. */
static int open_beside(struct writer *writer, mode_t mode, const char *path, struct error *err)
{
	writer->fd = openat(writer->folder, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, mode);
	if (writer->fd < 0)
		writer->fd = make_beside(writer, make_named, mode);
	if (writer->fd >= 0)
		return 0;
	fail(err, errno, "write a file beside %s", vis(path));
	bool is_file_system = err->code == ENOSPC || err->code == EDQUOT || err->code == EROFS;
	return is_file_system ? -1 : fail_why(err, "a new file replaces the old one when it is complete");
}

static int fail_keep(const char *path, const char *what, int code, struct error *err)
{
	fail(err, code, "%s would lose its %s", vis(path), what);
	fail_why(err, "a new file replaces the old one");
	return fail_fix(err, "name another file");
}

/* Extended attributes of users, and access control lists: acl(5). */
static bool is_kept(const char *name)
{
	return strncmp(name, "user.", 5) == 0 || strncmp(name, "system.posix_acl_", 17) == 0;
}

static int keep_attributes(int from, int to, const char *path, struct error *err)
{
	static char names[65536], value[65536];
	ssize_t length = flistxattr(from, names, sizeof(names));

	if (length < 0 && errno != EOPNOTSUPP)
		return fail_keep(path, "attributes", errno, err);
	for (const char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
		if (!is_kept(name))
			continue;
		ssize_t n = fgetxattr(from, name, value, sizeof(value));
		if (n < 0 || fsetxattr(to, name, value, (size_t)n, 0) < 0)
			return fail_keep(path, "attributes", errno, err);
	}
	return 0;
}

static int keep_nature(int held, const struct stat *st, int to, const char *path, struct error *err)
{
	char name[40];
	struct stat now;

	if (fstat(to, &now) < 0)
		return fail(err, errno, "stat %s", vis(path));
	if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
	    fchown(to, st->st_uid, st->st_gid) < 0)
		return fail_keep(path, "owner", errno, err);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", held);
	cleanup_fd int from = open(name, O_RDONLY | O_CLOEXEC);
	if (from >= 0 && keep_attributes(from, to, path, err) < 0)
		return -1;
	return fchmod(to, st->st_mode & 0777) < 0 ? fail_keep(path, "mode", errno, err) : 0;
}

static int replace(int held, const struct stat *st, const char *path, struct writer *ret,
		   struct error *err)
{
	char name[40];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", held);
	if (faccessat(AT_FDCWD, name, W_OK, AT_EACCESS) < 0)
		return fail(err, errno, "open %s", vis(path));
	if (st->st_nlink > 1)
		return fail_keep(path, "other names", 0, err);
	if (find_folder(held, st, ret) < 0)
		return fail(err, errno, "open %s", vis(path));
	if (open_beside(ret, 0600, path, err) < 0)
		return -1;
	return keep_nature(held, st, ret->fd, path, err);
}

/* Nothing is there, or a link to nothing, which the kernel follows to where the file is to be. */
static int make(int dirfd, const char *path, mode_t mode, struct writer *ret, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct stat st;

	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		cleanup_fd int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, mode);
		if (fd < 0 || fstat(fd, &st) < 0 || find_folder(fd, &st, ret) < 0 ||
		    unlinkat(ret->folder, ret->name, 0) < 0)
			return fail_open(path, err);
		return open_beside(ret, mode, path, err);
	}
	snprintf(ret->name, sizeof(ret->name), "%s", path_name(path));
	ret->folder = openat(dirfd, path_parent(&arena, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret->folder < 0)
		return fail(err, errno, "open %s", vis(path_parent(&arena, path)));
	return open_beside(ret, mode, path, err);
}

static int begin(int dirfd, const char *path, mode_t mode, struct writer *ret, struct error *err)
{
	struct stat st;

	if (refuse_foreign_link(dirfd, path, err) < 0)
		return -1;
	cleanup_fd int held = openat(dirfd, path, O_PATH | O_CLOEXEC);
	if (held < 0 && errno == ENOENT)
		return make(dirfd, path, mode, ret, err);
	if (held < 0 || fstat(held, &st) < 0)
		return fail(err, errno, "open %s", vis(path));
	if (S_ISDIR(st.st_mode))
		return fail(err, EISDIR, "open %s", vis(path));
	if (S_ISREG(st.st_mode) && !is_open_already(dirfd, path))
		return replace(held, &st, path, ret, err);
	ret->fd = open_held(held, S_ISREG(st.st_mode) ? O_APPEND : 0);
	return ret->fd < 0 ? fail_open(path, err) : 0;
}

int writer_open(int dirfd, const char *path, mode_t mode, struct writer *ret, struct error *err)
{
	*ret = (struct writer){ .fd = -1, .folder = -1 };
	if (begin(dirfd, path, mode, ret, err) == 0)
		return 0;
	writer_drop(ret);
	return -1;
}

static void forget(struct writer *writer)
{
	if (writer->fd >= 0)
		close(steal_fd(&writer->fd));
	if (writer->folder >= 0)
		close(steal_fd(&writer->folder));
}

static int name_it(const struct writer *writer, const char *name)
{
	char held[40];

	snprintf(held, sizeof(held), "/proc/self/fd/%d", writer->fd);
	return linkat(AT_FDCWD, held, writer->folder, name, AT_SYMLINK_FOLLOW);
}

static int make_link(const struct writer *writer, mode_t mode)
{
	(void)mode;
	return name_it(writer, writer->beside);
}

/* No call gives a file the name of another one at once: it has one of its own between two calls. */
static int take_place(struct writer *writer)
{
	if (!writer->beside[0]) {
		if (name_it(writer, writer->name) == 0)
			return 0;
		if (errno != EEXIST || make_beside(writer, make_link, 0) < 0)
			return -1;
	}
	return renameat(writer->folder, writer->beside, writer->folder, writer->name);
}

int writer_keep(struct writer *writer, struct error *err)
{
	int failed = 0;

	if (writer->folder >= 0 && (fsync(writer->fd) < 0 || take_place(writer) < 0)) {
		failed = fail(err, errno, "write %s", vis(writer->name));
		if (writer->beside[0])
			unlinkat(writer->folder, writer->beside, 0);
	}
	/* The new name is on the disk, too. */
	if (!failed && writer->folder >= 0)
		fsync(writer->folder);
	forget(writer);
	return failed;
}

void writer_drop(struct writer *writer)
{
	if (writer->folder >= 0 && writer->beside[0])
		unlinkat(writer->folder, writer->beside, 0);
	forget(writer);
}

int write_whole(int dirfd, const char *path, mode_t mode, const char *bytes, size_t length,
		struct error *err)
{
	struct writer writer;

	if (writer_open(dirfd, path, mode, &writer, err) < 0)
		return -1;
	if (write_fd(writer.fd, bytes, length) == 0)
		return writer_keep(&writer, err);
	fail(err, errno, "write %s", vis(path));
	writer_drop(&writer);
	return -1;
}

int writer_append(int dirfd, const char *path, mode_t mode, struct error *err)
{
	struct stat st;

	if (refuse_foreign_link(dirfd, path, err) < 0)
		return -1;
	cleanup_fd int fd = openat(dirfd, path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY |
				   O_CLOEXEC, mode);
	if (fd < 0 || fstat(fd, &st) < 0 || fcntl(fd, F_SETFL, O_APPEND) < 0)
		return fail_open(path, err);
	return steal_fd(&fd);
}
