#include "base/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

/* A folder may forbid its own owner to look into it, or to take it elsewhere. */
static int open_to_remove(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0700, 0) == 0)
		fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700 && fchmod(fd, 0700) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Empty the folder name below top; the folders in it are put into top instead. */
static int flatten(int top, const char *name, unsigned *serial)
{
	int fd = open_to_remove(top, name), ret = 0;
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	char aside[32];

	if (!folder) {
		cleanup_fd_(&fd);
		return -1;
	}
	for (struct dirent *entry; ret == 0 && (entry = readdir(folder));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		/* Opened for the right to move it, which writes to its "..". */
		int inner = open_to_remove(fd, entry->d_name);
		if (inner >= 0)
			close(inner);
		do
			snprintf(aside, sizeof(aside), ".removed-%u", (*serial)++);
		while ((ret = renameat(fd, entry->d_name, top, aside)) < 0 && (errno == ENOTEMPTY || errno == ENOTDIR));
	}
	int code = errno;
	closedir(folder);
	errno = code;
	return ret < 0 ? -1 : unlinkat(top, name, AT_REMOVEDIR);
}

int remove_tree(int dirfd, const char *name)
{
	unsigned serial = 0;
	bool again = true;

	if (unlinkat(dirfd, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	int fd = open_to_remove(dirfd, name);
	DIR *top = fd < 0 ? NULL : fdopendir(fd);
	if (!top) {
		cleanup_fd_(&fd);
		return -1;
	}
	while (again) {
		again = false;
		rewinddir(top);
		for (struct dirent *entry; (entry = readdir(top));) {
			if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
				continue;
			again = true;
			if (unlinkat(fd, entry->d_name, 0) < 0 &&
			    flatten(fd, entry->d_name, &serial) < 0 && errno != ENOENT) {
				int code = errno;
				closedir(top);
				errno = code;
				return -1;
			}
		}
	}
	closedir(top);
	return unlinkat(dirfd, name, AT_REMOVEDIR);
}
