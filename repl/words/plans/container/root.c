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

/* The layers as the child's user namespace names their ids, below the base. */
static void plan_mapped_layers(struct plan *plan, const struct root *root, const char **layers,
			       size_t count)
{
	const char *folder = path_under(&plan->arena, root->base, "layers");

	plan_folder(plan, folder, 0755);
	for (size_t i = 0; i < count; i++) {
		const char *at = arena_print(&plan->arena, "%s/%zu", folder, i);
		plan_folder(plan, at, 0755);
		plan_host_tree(plan, layers[i], at, 0, true);
		layers[i] = at;
	}
}

static int check_mapped(const char *const *folders, struct error *err)
{
	for (; *folders; folders++) {
		int code = idmap_refused(*folders);
		if (!code)
			continue;
		fail_id(err, ERR_IDMAP_MOUNT, code, "mount_setattr(%s, MOUNT_ATTR_IDMAP)", vis(*folders));
		fail_why(err, "with --userns the files of the image need ids of the container's, and the kernel or the file system below them has no idmapped mounts");
		return fail_fix(err, "leave --userns out; or XDG_DATA_HOME on ext4, xfs, btrfs or tmpfs");
	}
	return 0;
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
	if (root->mapped && check_mapped(folders, err) < 0)
		return -1;
	if (root->mapped)
		plan_mapped_layers(plan, root, lowers + (root->init != NULL), count);
	plan_lowest(context, plan, root, lowers, count + (root->init != NULL), userns);
	stack.lowers = lowers;
	stack.upper = path_under(&plan->arena, root->base, "upper");
	stack.work = path_under(&plan->arena, root->base, "work");
	plan_folder_as(root, plan, stack.upper, "");
	plan_folder(plan, stack.work, 0755);
	plan_overlay(context, plan, &stack);
	return 0;
}
