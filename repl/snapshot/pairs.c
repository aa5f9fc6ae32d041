#include "snapshot/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int mount_by_id(const struct mount *a, const struct mount *b)
{
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	int order = strcmp(a->root, b->root);
	return order ? order : strcmp(a->type, b->type);
}

int mount_by_point(const struct mount *a, const struct mount *b)
{
	return strcmp(a->point, b->point);
}

int mount_by_meaning(const struct mount *a, const struct mount *b)
{
	int order = mount_by_point(a, b);

	if (order == 0)
		order = strcmp(a->root, b->root);
	if (order == 0)
		order = strcmp(a->type, b->type);
	return order ? order : strcmp(a->source, b->source);
}

static void *new_list(size_t count, size_t size)
{
	void *list = calloc(count + 1, size);

	if (!list)
		out_of_memory();
	return list;
}

/* qsort_r(3) with the order as its context; the place in the table decides between equals. */
static int compare(const void *a, const void *b, void *order)
{
	const struct mount *first = *(const struct mount *const *)a;
	const struct mount *second = *(const struct mount *const *)b;
	int found = (*(mount_order **)order)(first, second);

	return found ? found : (first > second) - (first < second);
}

static const struct mount **sorted(const struct mounts *mounts, size_t from, size_t to,
				   mount_order *order)
{
	const struct mount **list = new_list(to - from, sizeof(*list));

	for (size_t i = from; i < to; i++)
		list[i - from] = &mounts->list[i];
	qsort_r(list, to - from, sizeof(*list), compare, &order);
	return list;
}

/* Pair what is sorted alike: both lists are walked once. */
static void merge(const struct mounts *before, const struct mounts *after, size_t from,
		  size_t before_end, size_t after_end, mount_order *order, struct pairs *ret)
{
	const struct mount **a = sorted(before, from, before_end, order);
	const struct mount **b = sorted(after, from, after_end, order);

	for (size_t i = 0, j = 0; i < before_end - from && j < after_end - from;) {
		int found = order(a[i], b[j]);
		if (found == 0) {
			ret->of_before[a[i] - before->list] = b[j];
			ret->of_after[b[j] - after->list] = a[i];
		}
		i += found <= 0;
		j += found >= 0;
	}
	free(a);
	free(b);
}

void pairs_find(const struct mounts *before, const struct mounts *after, mount_order *order,
		struct pairs *ret)
{
	size_t same = 0;

	ret->of_before = new_list(before->count, sizeof(*ret->of_before));
	ret->of_after = new_list(after->count, sizeof(*ret->of_after));
	/* A step adds to the end or takes away from it, mostly: what comes first is the same. */
	while (same < before->count && same < after->count &&
	       order(&before->list[same], &after->list[same]) == 0) {
		ret->of_before[same] = &after->list[same];
		ret->of_after[same] = &before->list[same];
		same++;
	}
	if (same < before->count && same < after->count)
		merge(before, after, same, before->count, after->count, order, ret);
}

void pairs_done(struct pairs *pairs)
{
	free(pairs->of_before);
	free(pairs->of_after);
}
