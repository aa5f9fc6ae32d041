#include "base/path.h"

#include <string.h>

#include "base/arena.h"

/* The names of path, each behind a slash where another is in front of it. Returns where to go on. */
static char *add_names(char *start, char *end, const char *path)
{
	for (const char *p = path, *next; *p; p = next + (*next == '/')) {
		next = strchrnul(p, '/');
		size_t n = (size_t)(next - p);
		if (n == 0 || (n == 1 && p[0] == '.'))
			continue;
		if (end > start && end[-1] != '/')
			*end++ = '/';
		end = mempcpy(end, p, n);
	}
	return end;
}

/* first and the names of second below it, both cleaned. */
static char *clean(struct arena *arena, const char *first, const char *second)
{
	char *start = arena_new(arena, strlen(first) + strlen(second) + 3), *end = start;

	if (first[0] == '/')
		*end++ = '/';
	end = add_names(start, add_names(start, end, first), second);
	if (end == start)
		*end++ = '.';
	return start;
}

char *path_join(struct arena *arena, const char *below, const char *name)
{
	return name[0] == '/' ? path_clean(arena, name) : path_under(arena, below, name);
}

char *path_under(struct arena *arena, const char *root, const char *path)
{
	return clean(arena, root[0] ? root : "/", path);
}

char *path_clean(struct arena *arena, const char *path)
{
	return clean(arena, path, "");
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

size_t path_longest(const char *path)
{
	size_t ret = 0;

	for (const char *part = path; *part; part += strcspn(part, "/"), part += *part == '/')
		ret = strcspn(part, "/") > ret ? strcspn(part, "/") : ret;
	return ret;
}
