/* The file systems of a container: its root, what lies in it, and the way there. */
#include <sys/mount.h>

#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "words/run/chain.h"

/* Without a union: the same files bound over the image's, and room to write where programs expect
 * it. */
static void plan_patches(struct chain *chain, const char *init)
{
	static const char *const files[] = { "hostname", "resolv.conf", "hosts" };
	static const struct { const char *path, *mode; } folders[] = {
		{ "/tmp", "mode=1777" }, { "/var/tmp", "mode=1777" }, { "/run", "mode=0755" },
		{ "/home", "mode=0755" }, { "/root", "mode=0700" },
	};
	struct plan *plan = chain->plan;
	const struct box *box = &chain->box;

	/* In a network of names hosts is a file of its own: plan_hosts(). */
	for (size_t i = 0; chain->etc && i < COUNT(files) - chain->names; i++) {
		const char *file = path_join(&plan->arena, chain->etc, files[i]);
		if (root_image_mode(box->image, file))
			plan_mount(plan, NULL, path_under(&plan->arena, init, file),
				   path_under(&plan->arena, box->root, file), MS_BIND, NULL);
	}
	for (size_t i = 0; i < COUNT(folders); i++)
		if (root_image_mode(box->image, folders[i].path))
			plan_mount(plan, "tmpfs", "tmpfs",
				   path_under(&plan->arena, box->root, folders[i].path),
				   MS_NOSUID | MS_NODEV, folders[i].mode);
}

/* The file that the session writes again when another joins its network or leaves. */
static void plan_hosts(struct chain *chain)
{
	struct plan *plan = chain->plan;
	const struct box *box = &chain->box;
	const char *file = path_under(&plan->arena, chain->base, "hosts");
	const char *at = chain->etc ? path_join(&plan->arena, chain->etc, "hosts") : NULL;

	if (!chain->names || !at || (!box->overlay && !root_image_mode(box->image, at)))
		return;
	struct op *op = plan_add(plan, OP_hosts);
	op->hosts.path = file;
	op->hosts.text = box_hosts(box, &plan->arena, chain->hostname);
	op->hosts.line = chain->line;
	at = path_under(&plan->arena, box->root, at);
	plan_mount(plan, NULL, file, at, MS_BIND, NULL);
	if (chain_has(chain, "--read-only"))
		plan_mount(plan, NULL, NULL, at, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
}

/* A file takes an inode of a kilobyte, which the size does not count. */
static const char *storage_options(const struct chain *chain)
{
	const uint64_t bytes = chain->storage;

	if (!bytes)
		return "mode=0755";
	return arena_print(&chain->plan->arena, "mode=0755,size=%llu,nr_inodes=%llu",
			   (unsigned long long)bytes,
			   (unsigned long long)(bytes / 4096 < 1024 ? 1024 : bytes / 4096));
}

static int plan_new_root(struct chain *chain, struct error *err)
{
	struct plan *plan = chain->plan;
	struct root root = { .image = &chain->image, .base = chain->base, .at = chain->box.root,
			     .ids = chain->box.mapped ? &chain->box.ids : NULL,
			     .uid_map = chain->uid_map, .gid_map = chain->gid_map,
			     .restored = chain->subordinate && chain->image.stored,
			     .init = path_under(&plan->arena, chain->base, "init") };

	plan_propagation(plan, "/", MS_REC | MS_PRIVATE);
	plan_mount(plan, "tmpfs", "stave", chain->base, MS_NOSUID | MS_NODEV, storage_options(chain));
	plan->storage = chain->storage;
	chain->etc = plan_init_layer(&chain->box, &root, plan, chain->hostname);
	plan_folder(plan, root.at, 0755);
	if (plan_root(&chain->outside, plan, &root, chain->box.userns, err) < 0 ||
	    (!chain->box.overlay && check_mount_points(&chain->outside, &chain->image, err) < 0))
		return fail_wrap(err, "container");
	chain->copied = root.copied;
	plan_hold_root(plan, root.at);
	if (!chain->box.overlay)
		plan_patches(chain, root.init);
	plan_hosts(chain);
	return 0;
}

static bool root_is_copied(const struct chain *chain)
{
	return chain->copied || chain->box.mapped || chain->subordinate;
}

int chain_plan_file_systems(struct chain *chain, struct error *err)
{
	struct plan *plan = chain->plan;
	size_t first = plan->count;

	plan->stage = STAGE_ROOT;
	plan_root_image(plan, &chain->image);
	if (plan_new_root(chain, err) < 0)
		return -1;
	plan->stage = STAGE_FILLED;
	plan_proc(&chain->box, plan);
	plan_dev(&chain->box, plan);
	plan_sys(&chain->box, plan);
	if (plan_volumes(&chain->box, plan, chain->words, &chain->leaves, err) < 0)
		return -1;
	/* Somebody else's folder may be another one as soon as it was looked at. */
	if ((chain->image.embedded || chain->image.stored) && !root_is_copied(chain) && chain->box.overlay &&
	    !chain->image.folders[1])
		plan->layer = arena_copy(&plan->arena, chain->image.folders[0]);
	plan_keep_inside(plan, first, chain->box.root);
	plan->stage = STAGE_PIVOT;
	if (words_without(chain->words, "root")) {
		plan_add(plan, OP_chroot)->chroot.path = chain->box.root;
		plan_add(plan, OP_chdir)->chdir.path = "/";
	} else {
		plan_pivot(plan, chain->box.root, NULL);
	}
	return 0;
}
