/* Paths as text. Nothing here looks at a file system, so ".." is not resolved where a link
 * could be in its way: path_clean() keeps it. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Whether the errno of a failed look says that there is nothing of that name. Any other says that
 * nobody could look, which is another answer. */
static inline bool path_is_absent(int code)
{
	return code == ENOENT || code == ENOTDIR;
}

/* below/name with one slash between; name alone when it is absolute. */
char *path_join(struct arena *arena, const char *below, const char *name);

/* root + path, also when path is absolute: "/srv/box" and "/etc" give "/srv/box/etc". */
char *path_under(struct arena *arena, const char *root, const char *path);

/* Without doubled slashes, "." and a slash at the end; "/" stays. */
char *path_clean(struct arena *arena, const char *path);

/* The folder a name lies in ("/" for "/x", "." for "x"), and its last part. */
char *path_parent(struct arena *arena, const char *path);
const char *path_name(const char *path);

/* The part of path below folder, without a slash in front ("" when they are the same); NULL
 * when path does not lie there. Both clean and absolute. */
const char *path_inside(const char *folder, const char *path);

/* How long the longest of the names is that path is made of. */
size_t path_longest(const char *path);
