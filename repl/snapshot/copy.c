#include <stddef.h>
#include <string.h>

#include "snapshot/snapshot.h"

static const char *copy_text(struct arena *arena, const char *s)
{
	return s ? arena_copy(arena, s) : NULL;
}

void reading_copy(const struct reading *reading, struct reading *ret)
{
	struct arena arena = { 0 };

	*ret = *reading;
	ret->cgroups = arena_new(&arena, (reading->cgroup_count + 1) * sizeof(*ret->cgroups));
	for (size_t i = 0; i < reading->cgroup_count; i++)
		ret->cgroups[i] = (struct membership){
			reading->cgroups[i].hierarchy,
			copy_text(&arena, reading->cgroups[i].controllers),
			copy_text(&arena, reading->cgroups[i].path),
		};
	ret->uid_map = copy_text(&arena, reading->uid_map);
	ret->gid_map = copy_text(&arena, reading->gid_map);
	ret->setgroups = copy_text(&arena, reading->setgroups);
	ret->root = copy_text(&arena, reading->root);
	ret->cwd = copy_text(&arena, reading->cwd);
	if (ret->mounts)
		ret->mounts->users++;
	ret->arena = arena;
}
