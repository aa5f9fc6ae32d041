/* Readings that say the same, or that more than one holds. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "snapshot/reading.h"

const struct reading reading_none;

void reading_copy(const struct reading *reading, struct reading *ret)
{
	*ret = *reading;
	arena_share(&reading->arena, &ret->arena);
	if (ret->mounts)
		ret->mounts->users++;
}

struct kept {
	struct reading reading; /* first: who holds it has a pointer to this */
	unsigned users;
};

const struct reading *reading_keep(const struct reading *reading)
{
	struct kept *kept = calloc(1, sizeof(*kept));

	if (!kept)
		out_of_memory();
	reading_copy(reading, &kept->reading);
	kept->users = 1;
	return &kept->reading;
}

const struct reading *reading_hold(const struct reading *kept)
{
	if (kept != &reading_none)
		((struct kept *)(uintptr_t)kept)->users++;
	return kept;
}

void reading_drop(const struct reading **kept)
{
	struct kept *held = (struct kept *)(uintptr_t)*kept;

	if (*kept && *kept != &reading_none && --held->users == 0) {
		reading_done(&held->reading);
		free(held);
	}
	*kept = &reading_none;
}

static bool same_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool same_numbers(const struct reading *a, const struct reading *b)
{
	return a->levels == b->levels &&
	       (!a->levels || memcmp(a->inside, b->inside, (size_t)a->levels * sizeof(*a->inside)) == 0);
}

static bool same_groups(const struct reading *a, const struct reading *b)
{
	for (size_t i = 0; i < a->cgroup_count && i < b->cgroup_count; i++)
		if (a->cgroups[i].hierarchy != b->cgroups[i].hierarchy ||
		    strcmp(a->cgroups[i].controllers, b->cgroups[i].controllers) != 0 ||
		    strcmp(a->cgroups[i].path, b->cgroups[i].path) != 0)
			return false;
	return a->cgroup_count == b->cgroup_count;
}

void reading_share_texts(const struct reading *before, struct reading *ret)
{
	if (!same_groups(before, ret) || !same_numbers(before, ret) || !same_text(before->uid_map, ret->uid_map) ||
	    !same_text(before->gid_map, ret->gid_map) || !same_text(before->setgroups, ret->setgroups) ||
	    !same_text(before->root, ret->root) || !same_text(before->cwd, ret->cwd))
		return;
	arena_done(&ret->arena);
	arena_share(&before->arena, &ret->arena);
	ret->cgroups = before->cgroups;
	ret->inside = before->inside;
	ret->uid_map = before->uid_map;
	ret->gid_map = before->gid_map;
	ret->setgroups = before->setgroups;
	ret->root = before->root;
	ret->cwd = before->cwd;
}
