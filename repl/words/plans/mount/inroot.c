/* Parts of plans: paths below a root that somebody else has filled. */
#include "base/path.h"
#include "words/plans/plans.h"

void plan_hold_root(struct plan *plan, const char *root)
{
	plan_add(plan, OP_root)->root.path = root;
}

void plan_keep_inside(struct plan *plan, size_t first, const char *root)
{
	for (size_t i = first; i < plan->count; i++) {
		struct op *op = &plan->ops[i].op;
		const struct op_info *info = op_info(op->kind);
		bool *inside = (bool *)((char *)op + info->inside);
		const char *path = op_string(op, info->path);
		const char *rest = path && path[0] == '/' ? path_inside(root, path) : NULL;
		if (!rest || !rest[0] || *inside)
			continue;
		*(const char **)((char *)op + info->path) = arena_print(&plan->arena, "/%s", rest);
		*inside = true;
	}
}
