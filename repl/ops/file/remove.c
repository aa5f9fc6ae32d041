/* unlinkat(2): remove a file, or a folder with all that is in it, as rm -r does. On a union this is
 * what makes a whiteout: the file system's own way of deleting from a layer it may not change. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/op.h"

enum { DEEPEST = 64 };

static const struct field fields[] = {
	{ "pathname", FIELD_STRING, offsetof(struct op, remove.path) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "nothing has that name", NULL },
	{ EROFS, "the union has no writable layer, or was mounted read-only", NULL },
	{ EACCES, "the child may not write to that folder", NULL },
	{ EPERM, "the child may not remove it", NULL },
	{ EBUSY, "something is mounted there", "umount it first" },
	{ EIO, "overlay could not mark the deletion: in a user namespace it needs the option userxattr, and a writable layer that keeps user. attributes, which tmpfs does since Linux 6.6",
	  "union A B C --upper DIR, with DIR on a disk" },
	{ ELOOP, "the folders are nested more than 64 deep", NULL },
	{ 0 }
};

static int remove_at(int dirfd, const char *name, int depth);

static int remove_inside(int dirfd, const char *name, int depth)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -1;
	DIR *folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return -1;
	}
	for (struct dirent *entry; ret == 0 && (entry = readdir(folder));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ret = remove_at(fd, entry->d_name, depth + 1);
	int code = errno;
	closedir(folder);
	errno = code;
	return ret;
}

static int remove_at(int dirfd, const char *name, int depth)
{
	struct stat st;

	if (depth > DEEPEST) {
		errno = ELOOP;
		return -1;
	}
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		return unlinkat(dirfd, name, 0);
	if (remove_inside(dirfd, name, depth) < 0)
		return -1;
	return unlinkat(dirfd, name, AT_REMOVEDIR);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	return remove_at(AT_FDCWD, op->remove.path, 0);
}

const struct op_info op_remove = {
	.name = "unlink", .man = "unlink(2)", .does = "remove {pathname}",
	.shell = "rm -r {pathname|sh}",
	.side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
