#include "snapshot/eyes/magic.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"

enum { MOST_LINKS = 40 };

/* The first link on the way to path that does not end: its length, or 0. */
static size_t endless(const struct eyes *eyes, pid_t pid, const char *path, struct arena *arena)
{
	struct stat st;

	for (size_t length = 1; path[length - 1]; length++) {
		if (path[length] && path[length] != '/')
			continue;
		const char *way = arena_copyn(arena, path, length);
		if (eyes_stat(eyes, pid, way, true, &st) == 0 && S_ISLNK(st.st_mode) && eyes_stat(eyes, pid, way, false, &st) < 0 && errno == ELOOP)
			return length;
	}
	return 0;
}

bool magic_tell(const struct eyes *eyes, pid_t pid, const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	char target[PATH_MAX];
	struct statfs fs;

	for (int links = 0; links < MOST_LINKS; links++) {
		size_t length = endless(eyes, pid, path, &arena);
		const char *link = arena_copyn(&arena, path, length);
		cleanup_fd int fd = length ? eyes_open(eyes, pid, link, O_PATH | O_NOFOLLOW) : -1;
		if (fd < 0 || fstatfs(fd, &fs) < 0)
			return false;
		/* Nobody makes links there but the kernel, and none of its own leads round in a circle. */
		if (fs.f_type == PROC_SUPER_MAGIC) {
			fail_cause(err, CAUSE_FILE_MAGIC);
			fail_why(err, "%s is one of the kernel's links, which leads to an open file and not to a path (proc(5)): Stave follows none, for it may lead out of the child's root",
				 vis(link));
			fail_fix(err, "the path itself, where it has one: run ls -l %s shows it", vis(link));
			return true;
		}
		ssize_t n = readlinkat(fd, "", target, sizeof(target));
		if (n <= 0)
			return false;
		const char *to = arena_copyn(&arena, target, (size_t)n);
		path = path_clean(&arena, to[0] == '/' ? arena_print(&arena, "%s%s", to, path + length) :
				  arena_print(&arena, "%s/%s%s", path_parent(&arena, link), to, path + length));
	}
	return false;
}
