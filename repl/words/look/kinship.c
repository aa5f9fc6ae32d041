#include "words/look/kinship.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"

/* ---- peers ---- */

/* The number behind " shared:" or " master:" among the optional fields, 0 where there is none. */
static int group_of(const struct mount *mount, const char *field)
{
	const char *end = strstr(mount->line, " - "), *at = strstr(mount->line, field);
	int number = 0;

	if (at && end && at < end)
		sscanf(at + strlen(field), "%d", &number);
	return number;
}

/* The peer groups of the host's mounts, how many in *count. */
static int *groups_of(const struct mounts *mounts, size_t *count)
{
	int *ret = calloc(mounts ? mounts->count + 1 : 1, sizeof(*ret));

	if (!ret)
		out_of_memory();
	*count = 0;
	for (size_t i = 0; mounts && i < mounts->count; i++) {
		int group = group_of(&mounts->list[i], " shared:");
		if (group)
			ret[(*count)++] = group;
	}
	return ret;
}

static bool has_group(const int *groups, size_t count, int group)
{
	for (size_t i = 0; group && i < count; i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* ---- covers ---- */

/* The place of the mount that each one is mounted on; count where it is none of the table. */
static size_t *parents_of(const struct mounts *mounts)
{
	size_t *ret = calloc(mounts->count + 1, sizeof(*ret));

	if (!ret)
		out_of_memory();
	for (size_t i = 0; i < mounts->count; i++) {
		ret[i] = 0;
		while (ret[i] < mounts->count &&
		       (mounts->list[ret[i]].id != mounts->list[i].parent || ret[i] == i))
			ret[i]++;
	}
	return ret;
}

/* Whether mount i is reached by no path because of one that is mounted on the same mount, at a folder
 * above its own. */
static bool has_cover(const struct mounts *mounts, const size_t *parents, size_t i)
{
	for (size_t c = 0; c < mounts->count; c++)
		if (c != i && parents[c] == parents[i] && parents[i] < mounts->count &&
		    path_inside(mounts->list[c].point, mounts->list[i].point))
			return true;
	return false;
}

/* What is below a covered mount is covered with it; what lies on top of one is not: it is where that was. */
static bool *covered(const struct mounts *mounts, const size_t *parents)
{
	bool *ret = calloc(mounts->count + 1, sizeof(*ret)), again = true;

	if (!ret)
		out_of_memory();
	for (size_t i = 0; i < mounts->count; i++)
		ret[i] = has_cover(mounts, parents, i);
	while (again) {
		again = false;
		for (size_t i = 0; i < mounts->count; i++) {
			bool above = parents[i] < mounts->count && ret[parents[i]];
			again = again || (above && !ret[i]);
			ret[i] = ret[i] || above;
		}
	}
	return ret;
}

enum kinship *kinships_find(const struct reading *reading, const struct reading *host)
{
	const struct mounts *mounts = reading->mounts;
	size_t groups_count, *parents = parents_of(mounts);
	int *groups = groups_of(host->mounts, &groups_count);
	bool *hidden = covered(mounts, parents), own = ns_own(reading, host, NS_MNT);
	enum kinship *ret = calloc(mounts->count + 1, sizeof(*ret));

	if (!ret)
		out_of_memory();
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		bool shared = !own || has_group(groups, groups_count, group_of(mount, " shared:")) ||
			      has_group(groups, groups_count, group_of(mount, " master:"));
		ret[i] = hidden[i] ? KIN_HIDDEN : shared ? KIN_SHARED : KIN_OWN;
	}
	for (size_t i = 0; i < mounts->count; i++)
		if (parents[i] < mounts->count &&
		    strcmp(mounts->list[i].point, mounts->list[parents[i]].point) == 0)
			ret[parents[i]] = KIN_HIDDEN;
	free(parents);
	free(groups);
	free(hidden);
	return ret;
}
