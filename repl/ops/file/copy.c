/* Copy what is in one folder to another one that is empty, as cp -a does: what docker does to a new
 * volume with what the image has in its place. Files, folders, links and pipes with their modes,
 * owners, times and user attributes; devices and sockets are left out, files with several names
 * become one file a name. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "ops/op.h"
#include "ops/place.h"

enum { DEEPEST = 64, MOST_VALUE = 65536 };

static const struct field fields[] = {
	{ "from", FIELD_STRING, offsetof(struct op, copy.from) },
	{ "to", FIELD_STRING, offsetof(struct op, copy.to) },
	{ "inside", FIELD_BOOL, offsetof(struct op, copy.inside), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "one of the folders does not exist", NULL },
	{ EACCES, "the child may not read the source or write to the volume", NULL },
	{ ENOSPC, "the file system of the volume is full", NULL },
	{ ELOOP, "the folders are nested more than 64 deep, or a link is in the place of a folder", NULL },
	{ 0 }
};

struct counts {
	size_t entries;
	uint64_t bytes;
};

static int copy_bytes(int from, int to, off_t size)
{
	for (off_t done = 0; done < size;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)(size - done));
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += n;
	}
	return 0;
}

/* The attributes that programs of the container could have set. What the file system of the
 * volume does not keep is left out. */
static void copy_attributes(int from, int to)
{
	static char names[MOST_VALUE], value[MOST_VALUE];
	ssize_t length = flistxattr(from, names, sizeof(names));

	for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
		if (strncmp(names + at, "user.", 5) != 0 || strncmp(names + at, "user.overlay.", 13) == 0)
			continue;
		ssize_t size = fgetxattr(from, names + at, value, sizeof(value));
		if (size >= 0)
			fsetxattr(to, names + at, value, (size_t)size, 0);
	}
}

/* Owner before mode: changing the owner clears the setuid bit. */
static int copy_owner(int fd, const struct stat *st)
{
	struct timespec times[] = { st->st_atim, st->st_mtim };

	if (fchown(fd, st->st_uid, st->st_gid) < 0 || fchmod(fd, st->st_mode & 07777) < 0)
		return -1;
	return futimens(fd, times);
}

static int copy_file(int fromdir, int todir, const char *name, const struct stat *st)
{
	cleanup_fd int from = openat(fromdir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	cleanup_fd int to = from < 0 ? -1 : openat(todir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
						   O_CLOEXEC, 0600);

	if (to < 0 || copy_bytes(from, to, st->st_size) < 0)
		return -1;
	copy_attributes(from, to);
	return copy_owner(to, st);
}

static int copy_link(int fromdir, int todir, const char *name, const struct stat *st)
{
	struct timespec times[] = { st->st_atim, st->st_mtim };
	char target[PATH_MAX];
	ssize_t length = readlinkat(fromdir, name, target, sizeof(target) - 1);

	if (length < 0)
		return -1;
	target[length] = '\0';
	if (symlinkat(target, todir, name) < 0 ||
	    fchownat(todir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return utimensat(todir, name, times, AT_SYMLINK_NOFOLLOW);
}

static int copy_pipe(int todir, const char *name, const struct stat *st)
{
	struct timespec times[] = { st->st_atim, st->st_mtim };

	if (mknodat(todir, name, S_IFIFO | (st->st_mode & 0777), 0) < 0 ||
	    fchownat(todir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return utimensat(todir, name, times, AT_SYMLINK_NOFOLLOW);
}

static int copy_inside(int from, int to, int depth, struct counts *counts);

static int copy_folder(int fromdir, int todir, const char *name, const struct stat *st, int depth,
		       struct counts *counts)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	if (mkdirat(todir, name, 0700) < 0)
		return -1;
	cleanup_fd int from = openat(fromdir, name, flags), to = openat(todir, name, flags);
	if (from < 0 || to < 0 || copy_inside(from, to, depth + 1, counts) < 0)
		return -1;
	copy_attributes(from, to);
	return copy_owner(to, st);
}

static int copy_entry(int from, int to, const char *name, int depth, struct counts *counts)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	counts->entries++;
	counts->bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(from, to, name, &st);
	case S_IFDIR:
		return copy_folder(from, to, name, &st, depth, counts);
	case S_IFLNK:
		return copy_link(from, to, name, &st);
	case S_IFIFO:
		return copy_pipe(to, name, &st);
	default:
		counts->entries--;
		return 0;
	}
}

static int copy_inside(int from, int to, int depth, struct counts *counts)
{
	int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (depth > DEEPEST)
		errno = ELOOP;
	if (!dir || depth > DEEPEST) {
		int code = errno;
		if (dir)
			closedir(dir);
		errno = code;
		return -1;
	}
	for (struct dirent *entry; ret == 0 && (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ret = copy_entry(from, to, entry->d_name, depth, counts);
	int code = errno;
	closedir(dir);
	errno = code;
	return ret;
}

static bool is_empty(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	size_t count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count <= 2;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	cleanup_fd int from = place_open(stage, op->copy.inside, op->copy.from, flags);
	cleanup_fd int to = open(op->copy.to, flags);
	struct counts counts = { 0 };
	struct stat st;

	if (from < 0 || to < 0 || fstat(from, &st) < 0)
		return -1;
	if (!is_empty(to)) {
		outcome_say(outcome, "nothing copied: it is not empty any more");
		return 0;
	}
	if (copy_inside(from, to, 0, &counts) < 0 || copy_owner(to, &st) < 0)
		return -1;
	outcome_say(outcome, counts.entries == 1 ? "%zu entry, %llu bytes" : "%zu entries, %llu bytes",
		    counts.entries, (unsigned long long)counts.bytes);
	return 0;
}

const struct op_info op_copy = {
	.name = "copy", .man = "cp(1)", .does = "copy what is in {from} to {to}",
	.call = "copy all of {inside?{from|root}}{inside!{from|c}} to {to|c}",
	.shell = "cp -a {from|sh}/. {to|sh}",
	.side = IN_CHILD, .path = offsetof(struct op, copy.from),
	.inside = offsetof(struct op, copy.inside), .fields = fields, .hints = hints, .run = run,
};
