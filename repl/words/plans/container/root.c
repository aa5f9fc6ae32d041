/* Parts of plans: root file systems out of layers. */
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "words/plans/container/container.h"

bool may_overlay(const struct context *context, bool userns)
{
	return !userns || facts_kernel(context->facts, 5, 11);
}

void plan_folder(struct plan *plan, const char *path, uint64_t mode)
{
	struct op *op = plan_add_with(plan, OP_mkdir, PLAN_MAY_EXIST);

	op->mkdir.path = path;
	op->mkdir.mode = mode;
}

void plan_text(struct plan *plan, const char *path, const char *text)
{
	struct op *op = plan_add(plan, OP_file);

	op->file.path = path;
	op->file.text = text;
	op->file.mode = 0644;
}

/* Overlay takes MOST_LAYERS folders below the writable one: of an image that leaves no room for the
 * init layer, the lowest are united first, read-only, and count as one. */
static void plan_lowest(const struct context *context, struct plan *plan, const struct root *root,
			const char **lowers, size_t count, bool userns)
{
	struct overlay lowest = { .userxattr = userns };
	size_t united = count - MOST_LAYERS + 1;

	if (count <= MOST_LAYERS)
		return;
	const char **list = arena_new(&plan->arena, (united + 1) * sizeof(*list));
	memcpy(list, lowers + count - united, united * sizeof(*list));
	lowest.lowers = list;
	lowest.base = path_under(&plan->arena, root->base, "lowest");
	lowest.target = path_under(&plan->arena, lowest.base, "all");
	plan_folder(plan, lowest.base, 0755);
	plan_folder(plan, lowest.target, 0755);
	plan_overlay(context, plan, &lowest);
	lowers[MOST_LAYERS - 1] = lowest.target;
	lowers[MOST_LAYERS] = NULL;
}

int plan_root(const struct context *context, struct plan *plan, const struct root *root,
	      bool userns, struct error *err)
{
	const char *const *folders = root->image->folders;
	struct overlay stack = { .target = root->at, .base = root->base, .userxattr = userns };
	size_t count = 0;

	while (folders[count])
		count++;
	if (!may_overlay(context, userns) && count > 1) {
		fail_id(err, ERR_UNION_KERNEL, 0, "%s has %zu layers, and this kernel has no unions in user namespaces",
		     vis(root->image->name), count);
		return fail_why(err, "overlay came to user namespaces with Linux 5.11; this is %s",
				vis(context->facts->kernel));
	}
	if (!may_overlay(context, userns)) {
		plan_bind_at(context, plan, folders[0], root->at, BIND_READ_ONLY);
		return 0;
	}
	const char **lowers = arena_new(&plan->arena, (count + 2) * sizeof(*lowers));
	lowers[0] = root->init;
	memcpy(lowers + (root->init != NULL), folders, count * sizeof(*lowers));
	plan_lowest(context, plan, root, lowers, count + (root->init != NULL), userns);
	stack.lowers = lowers;
	stack.upper = path_under(&plan->arena, root->base, "upper");
	stack.work = path_under(&plan->arena, root->base, "work");
	plan_folder_as(root, plan, stack.upper, "");
	plan_folder(plan, stack.work, 0755);
	plan_overlay(context, plan, &stack);
	return 0;
}
