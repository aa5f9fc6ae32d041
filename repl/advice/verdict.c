#include "advice/verdict.h"

#include <stddef.h>

#include "snapshot/snapshot.h"

bool blame(struct verdict *ret, enum wall_id wall, enum cause_id cause)
{
	ret->wall = wall == WALLS ? NULL : walls[wall].name;
	ret->cause = cause_row(cause)->id;
	return true;
}

const struct mount *refused_mount(const struct refused *at)
{
	return at->path && at->path[0] == '/' && at->child->mounts ? mounts_find(at->child->mounts, at->path) : NULL;
}
