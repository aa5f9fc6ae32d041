#include "ops/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file/inroot.h"
#include "base/syscalls.h"
#include "ops/op.h"

static void forget(struct held *place)
{
	if (place->folder >= 0)
		close(steal_fd(&place->folder));
	place->path[0] = '\0';
}

void place_hold(struct held *place, int root)
{
	forget(place);
	if (place->root >= 0)
		close(place->root);
	place->root = root;
}

void place_changed(const struct op_stage *stage)
{
	if (stage->place)
		forget(stage->place);
}

static int no_root(void)
{
	errno = EBADF;
	return -1;
}

/* "/given": it lies in the root itself, and no folder is to be looked for. */
static bool lies_at_top(const char *path)
{
	return path[0] == '/' && path[1] && !strchr(path + 1, '/') && strcmp(path, "/.") != 0 && strcmp(path, "/..") != 0;
}

int place_parent(const struct op_stage *stage, bool inside, const char *path, const char **name)
{
	struct held *place = stage->place;
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (!inside) {
		*name = path;
		return AT_FDCWD;
	}
	if (!place || place->root < 0)
		return no_root();
	if (place->folder >= 0 && length && length == strlen(place->path) &&
	    memcmp(place->path, path, length) == 0 && slash[1]) {
		*name = slash + 1;
		return place->folder;
	}
	if (lies_at_top(path)) {
		*name = path + 1;
		return place->root;
	}
	forget(place);
	place->folder = inroot_parent(place->root, path, name);
	if (place->folder >= 0 && length < sizeof(place->path)) {
		memcpy(place->path, path, length);
		place->path[length] = '\0';
	}
	return place->folder;
}

int place_open(const struct op_stage *stage, bool inside, const char *path, int flags)
{
	if (!inside)
		return open(path, flags | O_CLOEXEC);
	if (!stage->place || stage->place->root < 0)
		return no_root();
	return inroot_open(stage->place->root, path, flags, 0);
}

bool place_is_outside(void)
{
	char path[4096];

	if (sys_getcwd(path, sizeof(path)) < 0 || path[0] == '/')
		return false;
	errno = EXDEV;
	return true;
}
