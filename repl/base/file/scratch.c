#include "base/file/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"

/* Between mkdir(2) and flock(2) another shell's scratch_clear() may take the folder for a leftover:
 * then it has no name any more, and another is made. */
int scratch_fresh(const char *folder, char *ret, size_t size)
{
	struct stat named, held;

	for (;;) {
		int length = snprintf(ret, size, "%s/XXXXXX", folder);
		if (length < 0 || (size_t)length >= size) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (!mkdtemp(ret))
			return -1;
		cleanup_fd int fd = open(ret, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || fstat(fd, &held) < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && stat(ret, &named) == 0 &&
		    named.st_ino == held.st_ino)
			return steal_fd(&fd);
	}
}

size_t scratch_clear(const char *path, int (*take)(int dirfd, const char *name))
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	size_t ret = 0;

	if (!folder)
		return 0;
	for (struct dirent *entry; (entry = readdir(folder));) {
		if (entry->d_name[0] == '.')
			continue;
		cleanup_fd int left = openat(fd, entry->d_name,
					     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (left >= 0 && flock(left, LOCK_EX | LOCK_NB) == 0)
			ret += take(fd, entry->d_name) == 0;
	}
	closedir(folder);
	return ret;
}
