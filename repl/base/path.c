#include "base/path.h"

#include <string.h>

#include "base/arena.h"

char *path_join(struct arena *arena, const char *below, const char *name)
{
	if (name[0] == '/')
		return path_clean(arena, name);
	return path_clean(arena, arena_print(arena, "%s/%s", below, name));
}

char *path_under(struct arena *arena, const char *root, const char *path)
{
	return path_clean(arena, arena_print(arena, "%s/%s", root, path));
}

char *path_clean(struct arena *arena, const char *path)
{
	char *clean = arena_new(arena, strlen(path) + 2), *end = clean;
	const char *p = path;

	if (*p == '/')
		*end++ = '/';
	while (*p) {
		size_t n = strcspn(p, "/");
		if (n > 0 && !(n == 1 && p[0] == '.')) {
			if (end > clean && end[-1] != '/')
				*end++ = '/';
			memcpy(end, p, n);
			end += n;
		}
		p += n + (p[n] == '/');
	}
	if (end == clean)
		*end++ = '.';
	*end = '\0';
	return clean;
}

char *path_parent(struct arena *arena, const char *path)
{
	char *parent = path_clean(arena, path);
	char *slash = strrchr(parent, '/');

	if (!slash)
		return arena_copy(arena, ".");
	slash[slash == parent] = '\0';
	return parent;
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

const char *path_inside(const char *folder, const char *path)
{
	size_t n = strlen(folder);

	if (strcmp(folder, "/") == 0)
		return path[0] == '/' ? path + 1 : NULL;
	if (strncmp(folder, path, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	return path[n] ? path + n + 1 : path + n;
}
