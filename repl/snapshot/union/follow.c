/* Links followed in layers that are not mounted yet, as the kernel follows them in their union. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "snapshot/union/layers.h"

enum { MOST_LINKS = 40 }; /* path_resolution(7) */

/* What a link in layer i says; NULL with errno set. */
static const char *read_link(struct layers *layers, size_t i, const char *inside)
{
	char target[PATH_MAX];
	cleanup_fd int layer = layer_open(layers, i);
	cleanup_fd int fd = layer < 0 ? -1 : layers_open_in(layer, inside, O_PATH);
	ssize_t length = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof(target));

	return length < 0 ? NULL : arena_copyn(&layers->arena, target, (size_t)length);
}

/* The folder that path lies in. */
static const char *above(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_copyn(arena, path, (size_t)(slash - path)) : "";
}

const char *layers_follow(struct layers *layers, const char *path)
{
	struct arena *arena = &layers->arena;
	const char *done = "";
	unsigned links = 0;

	while (*(path += strspn(path, "/"))) {
		size_t length = strcspn(path, "/");
		const char *name = arena_copyn(arena, path, length), *target = NULL;
		struct stat st;
		path += length;
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			done = above(arena, done);
			continue;
		}
		const char *next = *done ? arena_print(arena, "%s/%s", done, name) : name;
		int i = layers_stat(layers, next, &st);
		if (i < 0 || !S_ISLNK(st.st_mode)) {
			done = next;
			continue;
		}
		if (++links > MOST_LINKS) {
			errno = ELOOP;
			return NULL;
		}
		target = read_link(layers, (size_t)i, next);
		if (!target)
			return NULL;
		if (target[0] == '/')
			done = "";
		path = arena_print(arena, "%s%s", target, path);
	}
	return done;
}
