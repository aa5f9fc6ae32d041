#include "words/look/kinship.h"

#include <stdio.h>
#include <string.h>

#include "base/path.h"

/* The number behind " shared:" or " master:" among the optional fields, 0 where there is none. */
static int group_of(const struct mount *mount, const char *field)
{
	const char *end = strstr(mount->line, " - "), *at = strstr(mount->line, field);
	int number = 0;

	if (at && end && at < end)
		sscanf(at + strlen(field), "%d", &number);
	return number;
}

static bool has_group(const struct mounts *mounts, int group)
{
	for (size_t i = 0; group && mounts && i < mounts->count; i++)
		if (group_of(&mounts->list[i], " shared:") == group)
			return true;
	return false;
}

static const struct mount *parent_of(const struct mounts *mounts, const struct mount *mount)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->list[i].id == mount->parent && &mounts->list[i] != mount)
			return &mounts->list[i];
	return NULL;
}

/* Whether a mount is the other one, or one of those that it is mounted on. */
static bool is_above(const struct mounts *mounts, const struct mount *above, const struct mount *mount)
{
	size_t steps = 0;

	for (; mount && steps <= mounts->count; mount = parent_of(mounts, mount), steps++)
		if (mount == above)
			return true;
	return false;
}

/* What covers a mount is mounted on it, or on one that it is mounted on, at a folder above it, and is not on
 * the way to it. */
static bool covers(const struct mounts *mounts, const struct mount *cover, const struct mount *mount)
{
	const struct mount *on = parent_of(mounts, cover);

	return on && path_inside(cover->point, mount->point) && is_above(mounts, on, mount) &&
	       !is_above(mounts, cover, mount);
}

enum kinship kinship_of(const struct reading *reading, const struct reading *host, size_t place)
{
	const struct mounts *mounts = reading->mounts;
	const struct mount *mount = &mounts->list[place];

	for (size_t i = 0; i < mounts->count; i++)
		if (covers(mounts, &mounts->list[i], mount))
			return KIN_HIDDEN;
	bool shared = has_group(host->mounts, group_of(mount, " shared:")) ||
		      has_group(host->mounts, group_of(mount, " master:"));
	return shared || !ns_own(reading, host, NS_MNT) ? KIN_SHARED : KIN_OWN;
}
