/* Finding one's way in the mount table as the kernel walks it: path_resolution(7). In the time that its rows take
 * to be looked at once, and those on the way to be put in order: thousands may lie on each other. */
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/path.h"
#include "snapshot/snapshot.h"

static bool listed(const struct mounts *mounts, int id)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->list[i].id == id)
			return true;
	return false;
}

/* The mounts that a walk along a path may meet: those with points on the way. */
enum { FEW = 32 };
struct on_the_way {
	const struct mount **list, *few[FEW];
	int *ids, few_ids[FEW]; /* in order */
	size_t count;
};

static int by_number(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* By the mount that they are attached to; of one mount's, in the order in which a walk looks: the first on the
 * way, of those with one point the youngest. */
static int by_parent(const void *a, const void *b)
{
	const struct mount *x = *(const struct mount *const *)a, *y = *(const struct mount *const *)b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	size_t first = strlen(x->point), second = strlen(y->point);
	if (first != second)
		return first < second ? -1 : 1;
	return x < y ? 1 : -1;
}

static void find_on_the_way(const struct mounts *mounts, const char *path, struct on_the_way *ret)
{
	ret->list = ret->few;
	ret->ids = ret->few_ids;
	for (size_t i = 0; i < mounts->count; i++) {
		if (!path_inside(mounts->list[i].point, path))
			continue;
		if (ret->count == FEW) {
			ret->list = list_fit(NULL, mounts->count, sizeof(*ret->list));
			ret->ids = list_fit(NULL, mounts->count, sizeof(*ret->ids));
			memcpy(ret->list, ret->few, sizeof(ret->few));
			memcpy(ret->ids, ret->few_ids, sizeof(ret->few_ids));
		}
		ret->ids[ret->count] = mounts->list[i].id;
		ret->list[ret->count++] = &mounts->list[i];
	}
	qsort(ret->ids, ret->count, sizeof(*ret->ids), by_number);
	qsort(ret->list, ret->count, sizeof(*ret->list), by_parent);
}

/* The mount that a walk begins in: the first on the way that is attached to none of the table's. */
static const struct mount *first_mount(const struct mounts *mounts, const struct on_the_way *way)
{
	const struct mount *first = NULL;

	for (size_t i = 0; i < way->count; i++) {
		const struct mount *mount = way->list[i];
		size_t length = strlen(mount->point), best = first ? strlen(first->point) : SIZE_MAX;
		if (length > best || (length == best && mount < first))
			continue;
		/* What one on the way is attached to lies on the way itself, but for tables that are not a tree. */
		bool below = bsearch(&mount->parent, way->ids, way->count, sizeof(*way->ids), by_number) ||
			     listed(mounts, mount->parent);
		if (mount->parent == mount->id || !below)
			first = mount;
	}
	return first;
}

/* The mount that a walk meets next after below. What is mounted over "/" hides nothing from a process whose root
 * lies below it: a walk begins in that root and does not look up (chroot(2), pivot_root(2)). */
static const struct mount *next_mount(const struct on_the_way *way, const struct mount *below)
{
	size_t low = 0, high = way->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (way->list[middle]->parent < below->id)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < way->count && way->list[low]->parent == below->id; low++)
		if (way->list[low] != below && way->list[low]->point[1])
			return way->list[low];
	return NULL;
}

const struct mount *mounts_find(const struct mounts *mounts, const char *path)
{
	struct on_the_way way = { 0 };

	if (!mounts)
		return NULL;
	find_on_the_way(mounts, path, &way);
	/* As the kernel walks: a mount below a folder that was mounted over later is not met.
	 * The count ends a walk through a table whose parents run in a circle. */
	const struct mount *found = first_mount(mounts, &way);
	for (size_t steps = 0; found && steps < way.count; steps++) {
		const struct mount *next = next_mount(&way, found);
		if (!next)
			break;
		found = next;
	}
	if (way.list != way.few) {
		free(way.list);
		free(way.ids);
	}
	return found;
}

const struct mount *mounts_at(const struct mounts *mounts, const char *point)
{
	const struct mount *mount = mounts_find(mounts, point);

	return mount && strcmp(mount->point, point) == 0 ? mount : NULL;
}
