/* Parts of plans: paths below a root that somebody else has filled. */
#include "base/path.h"
#include "words/plans/plans.h"

void plan_hold_root(struct plan *plan, const char *root)
{
	plan_add(plan, OP_root)->root.path = root;
}

/* Where in an op its path is, and what says that it is inside; NULL for a kind that has none. */
static const char **path_of(struct op *op, bool **inside)
{
	switch (op->kind) {
	case OP_mkdir:
		*inside = &op->mkdir.inside;
		return &op->mkdir.path;
	case OP_mknod:
		*inside = &op->mknod.inside;
		return &op->mknod.path;
	case OP_symlink:
		*inside = &op->symlink.inside;
		return &op->symlink.path;
	case OP_file:
		*inside = &op->file.inside;
		return &op->file.path;
	case OP_mount:
		*inside = &op->mount.inside;
		return &op->mount.target;
	case OP_copy:
		*inside = &op->copy.inside;
		return &op->copy.from;
	case OP_mount_setattr:
		*inside = &op->mount_setattr.inside;
		return &op->mount_setattr.path;
	case OP_move_mount:
		*inside = &op->move_mount.inside;
		return &op->move_mount.target;
	default:
		return NULL;
	}
}

void plan_keep_inside(struct plan *plan, size_t first, const char *root)
{
	for (size_t i = first; i < plan->count; i++) {
		bool *inside = NULL;
		const char **path = path_of(&plan->ops[i].op, &inside);
		const char *rest = path && *path && (*path)[0] == '/' ? path_inside(root, *path) : NULL;
		if (!rest || !rest[0] || *inside)
			continue;
		*path = arena_print(&plan->arena, "/%s", rest);
		*inside = true;
	}
}
