#include "ops/rmtree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each level on the way down takes a descriptor; what lies deeper is moved up to the top first. */
enum { DEEPEST = 64 };

struct removal {
	int top;
	dev_t device;
	unsigned moved;
};

static int empty(struct removal *removal, int fd, int depth);

static int go_down(struct removal *removal, int dirfd, const char *name, int depth)
{
	char aside[40];
	struct stat st;

	if (depth >= DEEPEST) {
		snprintf(aside, sizeof(aside), ".stave-deep-%u", removal->moved++);
		return renameat(dirfd, name, removal->top, aside);
	}
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0700, 0) == 0)
		fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || st.st_dev != removal->device) {
		close(fd);
		errno = EXDEV;
		return -1;
	}
	/* Nothing can be taken out of a folder that may not be written to. */
	if ((st.st_mode & 0700) != 0700)
		fchmod(fd, 0700);
	if (empty(removal, fd, depth + 1) < 0)
		return -1;
	return unlinkat(dirfd, name, AT_REMOVEDIR);
}

static int remove_entry(struct removal *removal, int dirfd, const char *name, int depth)
{
	if (unlinkat(dirfd, name, 0) == 0)
		return 0;
	/* Linux says EISDIR for a folder, POSIX EPERM. */
	if (errno != EISDIR && errno != EPERM)
		return -1;
	return go_down(removal, dirfd, name, depth);
}

/* Takes fd. */
static int empty(struct removal *removal, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	int ret = 0;

	if (!dir) {
		close(fd);
		return -1;
	}
	for (struct dirent *entry; ret == 0 && (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ret = remove_entry(removal, fd, entry->d_name, depth);
	int code = errno;
	closedir(dir);
	errno = code;
	return ret;
}

int rmtree(int dirfd, const char *name)
{
	struct removal removal = { 0 };
	struct stat st;

	if (unlinkat(dirfd, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	removal.top = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (removal.top < 0)
		return -1;
	int failed = fstat(removal.top, &st);
	removal.device = st.st_dev;
	for (unsigned before = 1; !failed && before != removal.moved;) {
		before = removal.moved;
		failed = empty(&removal, openat(removal.top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0);
	}
	int code = errno;
	close(removal.top);
	errno = code;
	return failed ? -1 : unlinkat(dirfd, name, AT_REMOVEDIR);
}
