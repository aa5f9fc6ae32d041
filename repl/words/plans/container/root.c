/* Parts of plans: root file systems out of layers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "image/copies/copies.h"
#include "image/eyes.h"
#include "snapshot/eyes/eyes.h"
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

/* Below an overlay they came with Linux 5.19. */
static int mapping_refused(const struct context *context, const char *folder)
{
	return facts_kernel(context->facts, 5, 19) ? eyes_idmap(context->eyes, folder) : ENOSYS;
}

/* A copy of the layer with the ids, in the store. NULL with err for a folder of somebody else: what is
 * inside now may be something else the next time. */
static const char *plan_layer_copy(const struct context *context, struct plan *plan, const struct root *root, const char *folder, int code,
			     struct error *err)
{
	char store[4000];
	const char *scratch;

	if (seen_place(context->store, store, sizeof(store), err) < 0)
		return NULL;
	const char *to = layer_copy_place(store, folder, root->ids->uid, root->ids->gid, &plan->arena, &scratch);

	if (!to) {
		fail_id(err, ERR_IDMAP_MOUNT, code, "mount_setattr(%s, MOUNT_ATTR_IDMAP)", vis(folder));
		if (code == ENOSYS)
			fail_why(err, "with --userns the files of the image need ids of the container's, and Linux %s has no idmapped "
				 "mounts below an overlay, which came with 5.19", vis(context->facts->kernel));
		else if (code == EINVAL || code == EOPNOTSUPP)
			fail_why(err, "with --userns the files of the image need ids of the container's, and the file system of "
				 "%s has no idmapped mounts", vis(folder));
		fail_fix(err, "!tar -C %s -cf FILE . and image import FILE: layers of the store are copied then; or "
			 "leave --userns out", vis(folder));
		return NULL;
	}
	struct op *op = plan_add(plan, OP_layer_copy);
	op->layer_copy.from = folder;
	op->layer_copy.to = to;
	op->layer_copy.scratch = scratch;
	op->layer_copy.uid = root->ids->uid;
	op->layer_copy.gid = root->ids->gid;
	op->layer_copy.count = MAPPED_IDS;
	return to;
}

/* A layer as the child's user namespace names its ids, at the folder at: by an idmapped mount, or else
 * by a copy. */
static int plan_mapped_layer(const struct context *context, struct plan *plan, struct root *root,
			     const char *folder, const char *at, unsigned how, struct error *err)
{
	int code = mapping_refused(context, folder);
	const char *source = code ? plan_layer_copy(context, plan, root, folder, code, err) : folder;

	if (!source)
		return -1;
	root->copied = root->copied || code;
	plan_host_tree(context, plan, source, at, how, !code);
	return 0;
}

static int plan_mapped_layers(const struct context *context, struct plan *plan, struct root *root,
			      const char **layers, size_t count, struct error *err)
{
	const char *folder = path_under(&plan->arena, root->base, "layers");

	plan_folder(plan, folder, 0755);
	for (size_t i = 0; i < count; i++) {
		const char *at = arena_print(&plan->arena, "%s/%zu", folder, i);
		plan_folder(plan, at, 0755);
		if (plan_mapped_layer(context, plan, root, layers[i], at, 0, err) < 0)
			return -1;
		layers[i] = at;
	}
	return 0;
}

int check_mount_points(const struct context *context, const struct root_image *image, struct error *err)
{
	static const char *const points[] = { "/proc", "/dev", "/sys" };

	for (size_t i = 0; i < COUNT(points); i++) {
		if (S_ISDIR(root_image_mode(image, points[i])))
			continue;
		fail_id(err, ERR_PATH_ABSENT, 0, "%s has no folder %s to mount on", vis(image->name), points[i]);
		fail_why(err, "it cannot be made: the image is shown read-only, because overlay came "
			 "to user namespaces with Linux 5.11; this is %s", vis(context->facts->kernel));
		return fail_fix(err, "!mkdir %s%s", vis(image->folders[0]), points[i]);
	}
	return 0;
}

/* An ordinary user could not give the files of an image to their owners, and the store has records of them. Who
 * has the ids of the container can: once a layer and range. */
static int plan_restored_layers(const struct context *context, struct plan *plan, struct root *root,
				const char **layers, size_t count, struct error *err)
{
	unsigned long uid = 0, gid = 0, uids = 0, gids = 0;
	char store[4000];

	sscanf(context->facts->subuid, "%lu %lu", &uid, &uids);
	sscanf(context->facts->subgid, "%lu %lu", &gid, &gids);
	if (seen_place(context->store, store, sizeof(store), err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *scratch, *to = layer_copy_place(store, layers[i], uid, gid, &plan->arena, &scratch);
		if (!to)
			continue;
		struct op *op = plan_add(plan, OP_layer_copy);
		op->layer_copy.from = layers[i];
		op->layer_copy.to = to;
		op->layer_copy.scratch = scratch;
		op->layer_copy.count = (uids < gids ? uids : gids) + 1;
		op->layer_copy.uid_map = root->uid_map;
		op->layer_copy.gid_map = root->gid_map;
		layers[i] = to;
	}
	return 0;
}

int plan_root(const struct context *context, struct plan *plan, struct root *root,
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
	if (!may_overlay(context, userns) && root->ids)
		return plan_mapped_layer(context, plan, root, folders[0], root->at, BIND_READ_ONLY, err);
	if (!may_overlay(context, userns)) {
		plan_bind_at(context, plan, folders[0], root->at, BIND_READ_ONLY);
		return 0;
	}
	const char **lowers = arena_new(&plan->arena, (count + 2) * sizeof(*lowers));
	lowers[0] = root->init;
	memcpy(lowers + (root->init != NULL), folders, count * sizeof(*lowers));
	if (root->ids &&
	    plan_mapped_layers(context, plan, root, lowers + (root->init != NULL), count, err) < 0)
		return -1;
	if (root->restored &&
	    plan_restored_layers(context, plan, root, lowers + (root->init != NULL), count, err) < 0)
		return -1;
	plan_lowest(context, plan, root, lowers, count + (root->init != NULL), userns);
	stack.lowers = lowers;
	stack.upper = path_under(&plan->arena, root->base, "upper");
	stack.work = path_under(&plan->arena, root->base, "work");
	plan_folder_as(root, plan, stack.upper, "");
	plan_folder(plan, stack.work, 0755);
	plan_overlay(context, plan, &stack);
	return 0;
}
