#include "image/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"

/* Under sudo(8) what the environment names may be another user's: root then has its own place. */
int store_path(char *ret, size_t size, struct error *err)
{
	const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	int length;

	bool root = geteuid() == 0;
	if (xdg && xdg[0] == '/' && !(root && getenv("SUDO_UID")))
		length = snprintf(ret, size, "%s/stave", xdg);
	else if (root)
		length = snprintf(ret, size, "/var/lib/stave");
	else if (home && home[0] == '/')
		length = snprintf(ret, size, "%s/.local/share/stave", home);
	else {
		fail(err, 0, "there is no place to keep a root file system in");
		return fail_fix(err, "set HOME or XDG_DATA_HOME to a folder of yours");
	}
	if (length < 0 || (size_t)length >= size)
		return fail(err, ENAMETOOLONG, "the path of the store");
	return 0;
}

/* Every folder of path that is missing, the last one for this user alone. */
static int make_folders(const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	char *copy = arena_copy(&arena, path);

	for (char *slash = copy + 1; slash; *slash++ = '/') {
		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(copy, slash ? 0755 : 0700) < 0 && errno != EEXIST) {
			fail(err, errno, "mkdir %s", vis(copy));
			return fail_fix(err, "set XDG_DATA_HOME to a folder that you may write to");
		}
		if (!slash)
			break;
	}
	return 0;
}

int store_lock(const char *path, struct error *err)
{
	struct stat st;

	if (make_folders(path, err) < 0)
		return -1;
	cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, errno, "open %s", vis(path));
	if (st.st_uid != geteuid() || (st.st_mode & 022)) {
		fail(err, 0, "%s is not a folder of yours alone", vis(path));
		return fail_why(err, "it belongs to uid %u and has mode %03o; programs of root file "
				"systems are kept there", st.st_uid, st.st_mode & 0777);
	}
	if (flock(fd, LOCK_EX) < 0)
		return fail(err, errno, "flock %s", vis(path));
	return steal_fd(&fd);
}

static int remove_inside(int fd)
{
	DIR *folder = fdopendir(fd);
	int ret = 0;

	if (!folder) {
		close(fd);
		return -1;
	}
	for (struct dirent *entry; ret == 0 && (entry = readdir(folder));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ret = store_remove(fd, entry->d_name);
	int code = errno;
	closedir(folder);
	errno = code;
	return ret;
}

int store_remove(int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || remove_inside(fd) < 0)
		return -1;
	return unlinkat(dirfd, name, AT_REMOVEDIR);
}
