#include "archive/layer/below.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "archive/limits.h"
#include "base/fd.h"

int below_layer(const struct settling *all, unsigned number)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", number);
	return openat(all->folder, name, FOLDER);
}

int below_lower(const struct settling *all, unsigned number, unsigned by)
{
	if (by + all->first <= number)
		return below_layer(all, number - by);
	if (by + all->first - number <= all->below_count)
		return openat(all->store, all->below[all->below_count - (by + all->first - number)], FOLDER);
	errno = ENOENT;
	return -1;
}

unsigned below_count(const struct settling *all, unsigned number)
{
	return number - all->first + all->below_count;
}

bool below_is_opaque(int fd)
{
	char value;

	return fgetxattr(fd, "user.overlay.opaque", &value, 1) == 1 && value == 'y';
}

bool below_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

int below_open(int layer, const char *path, bool *hides)
{
	int at = dup(layer);
	char copy[LIMIT_PATH + 1], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *name = strtok_r(copy, "/", &save); at >= 0 && name;
	     name = strtok_r(NULL, "/", &save)) {
		int next = openat(at, name, FOLDER);
		*hides = *hides || (next < 0 && errno != ENOENT) || (next >= 0 && below_is_opaque(next));
		close(at);
		at = next;
	}
	return at;
}

int below_parent(int layer, const char *path, const char **name, bool *hides)
{
	const char *slash = strrchr(path, '/');
	char folder[LIMIT_PATH + 1];

	*name = slash ? slash + 1 : path;
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 0, path);
	return below_open(layer, folder, hides);
}

/* What a union of the layers below shows at path, where nothing hides it: its kind as in st_mode, 0 for
 * nothing. link: gets a symbolic link's target; may be NULL. */
static mode_t shown(const struct settling *all, unsigned number, const char *path, bool hides,
		    char link[PATH_MAX])
{
	const char *name;

	for (unsigned by = 1; by <= below_count(all, number) && !hides; by++) {
		cleanup_fd int lower = below_lower(all, number, by);
		cleanup_fd int at = lower < 0 ? -1 : below_parent(lower, path, &name, &hides);
		struct stat st;
		if (at < 0 || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		ssize_t n = S_ISLNK(st.st_mode) && link ? readlinkat(at, name, link, PATH_MAX - 1) : 0;
		if (link)
			link[n > 0 ? n : 0] = '\0';
		return below_is_whiteout(&st) ? 0 : st.st_mode & S_IFMT;
	}
	return 0;
}

mode_t below_shows(const struct settling *all, unsigned number, int layer, const char *path)
{
	bool hides = false;
	const char *name;
	cleanup_fd int own = below_parent(layer, path, &name, &hides);

	(void)own; /* only what it says on the way is asked */
	return shown(all, number, path, hides, NULL);
}

/* ---- links ---- */

struct walk {
	const struct settling *all;
	unsigned number;
	int layer;
	const char *const *ways;
	size_t way_count;
	char at[PATH_MAX];   /* as far as it goes by no link */
	char rest[PATH_MAX]; /* to go */
	bool followed;
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *)b);
}

/* Whether the layer itself says what is at walk->at: not where that is a folder on the way alone. */
static bool is_own(const struct walk *walk)
{
	bool hides = false;
	const char *name;
	struct stat st;
	cleanup_fd int at = below_parent(walk->layer, walk->at, &name, &hides);

	return at >= 0 && fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       !(walk->way_count && bsearch(walk->at, walk->ways, walk->way_count, sizeof(*walk->ways), compare));
}

/* Go on by the first name of rest. False where that is one too many. */
static bool step(struct walk *walk)
{
	size_t length = strcspn(walk->rest, "/"), at = strlen(walk->at);
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%.*s", (int)length, walk->rest);
	memmove(walk->rest, walk->rest + length, strlen(walk->rest + length) + 1);
	memmove(walk->rest, walk->rest + strspn(walk->rest, "/"), strlen(walk->rest + strspn(walk->rest, "/")) + 1);
	if (strcmp(name, ".") == 0)
		return true;
	if (strcmp(name, "..") == 0) {
		char *slash = strrchr(walk->at, '/');
		*(slash ? slash : walk->at) = '\0';
		return true;
	}
	return (size_t)snprintf(walk->at + at, sizeof(walk->at) - at, "%s%s", at ? "/" : "", name) <
	       sizeof(walk->at) - at;
}

/* The link at walk->at leads on, never out of the root. */
static bool follow(struct walk *walk, const char *link)
{
	char rest[PATH_MAX];
	char *slash = strrchr(walk->at, '/');

	if ((size_t)snprintf(rest, sizeof(rest), "%s/%s", link, walk->rest) >= sizeof(rest))
		return false;
	snprintf(walk->rest, sizeof(walk->rest), "%s", rest + strspn(rest, "/"));
	*(link[0] == '/' || !slash ? walk->at : slash) = '\0';
	walk->followed = true;
	return true;
}

bool below_follow(const struct settling *all, unsigned number, int layer, const char *const *ways,
		  size_t way_count, bool last, char path[PATH_MAX])
{
	enum { LINKS = 40 };
	struct walk walk = { all, number, layer, ways, way_count, "", "", false };
	char link[PATH_MAX];
	int links = 0;

	snprintf(walk.rest, sizeof(walk.rest), "%s", path);
	while (walk.rest[0]) {
		if (!step(&walk))
			return false;
		if (!walk.at[0] || (!walk.rest[0] && !last) || is_own(&walk))
			continue;
		if (S_ISLNK(shown(all, number, walk.at, false, link)) &&
		    (++links > LINKS || !follow(&walk, link)))
			return false;
	}
	snprintf(path, PATH_MAX, "%s", walk.at);
	return walk.followed && walk.at[0];
}
