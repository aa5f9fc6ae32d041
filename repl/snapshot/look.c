#include "snapshot/look.h"

#include <errno.h>
#include <fcntl.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/file/inroot.h"
#include "base/process/proc.h"
#include "snapshot/snapshot.h"

int look_open_in(int proc, const char *path, int flags)
{
	cleanup_fd int root = openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0) {
		/* No such process is another answer than no such name. */
		errno = errno == ENOENT ? ESRCH : errno;
		return -1;
	}
	return inroot_open(root, path, flags, 0);
}

int look_open(pid_t pid, const char *path, int flags)
{
	int proc = proc_of(pid);

	return proc < 0 ? -1 : look_open_in(proc, path, flags);
}

int look_stat(pid_t pid, const char *path, int nofollow, struct stat *ret)
{
	cleanup_fd int fd = look_open(pid, path, O_PATH | (nofollow ? O_NOFOLLOW : 0));

	if (fd < 0)
		return -1;
	return fstat(fd, ret);
}

char *look_absolute(const struct reading *reading, const char *path, struct arena *arena)
{
	const char *inside;

	if (path[0] == '/')
		return path_clean(arena, path);
	inside = reading->root && reading->cwd ? path_inside(reading->root, reading->cwd) : NULL;
	return path_clean(arena, arena_print(arena, "/%s/%s", inside ? inside : "", path));
}
