/* Parts of plans: the init layer, the files that are a container's own and no image's. It lies
 * between the two, as docker has it, so that they are never part of what is committed. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "words/plans/container/container.h"

/* Where the kernel's file systems are mounted, as far as the image has no folder there. */
static void plan_mount_points(const struct root *root, struct plan *plan)
{
	static const char *const needed[] = { "proc", "dev", "sys" };

	for (size_t i = 0; i < COUNT(needed); i++) {
		const char *there = root_image_follow(root->image, &plan->arena, needed[i]);
		if (!there || !S_ISDIR(root_image_mode(root->image, there)))
			plan_folder(plan, path_under(&plan->arena, root->init, needed[i]), 0755);
	}
}

/* Where /etc is: "etc", or what a link of the image's leads to. Its folders are made in the layer, as
 * the image has them. NULL where there is something on the way that is not a folder. */
static const char *plan_etc(const struct root *root, struct plan *plan)
{
	const char *etc = root_image_follow(root->image, &plan->arena, "etc");

	for (const char *end = etc; end && *end; end += *end == '/') {
		end += strcspn(end, "/");
		const char *part = arena_copyn(&plan->arena, etc, (size_t)(end - etc));
		unsigned mode = root->image->embedded ? S_IFDIR : root_image_mode(root->image, part);
		if (mode && !S_ISDIR(mode))
			return NULL;
		plan_folder_as(root, plan, path_under(&plan->arena, root->init, part), part);
	}
	return etc;
}

const char *box_hosts(const struct box *box, struct arena *arena, const char *hostname)
{
	return arena_print(arena, "127.0.0.1\tlocalhost\n::1\tlocalhost\n%s\t%s\n%s",
			   box->address ? box->address : "127.0.1.1", hostname, box->hosts ? box->hosts : "");
}

static void plan_files(const struct box *box, struct plan *plan, const char *etc, const char *hostname)
{
	const char *none = box->connected ? "# no name server\n" : "# no network, no name server\n";
	cleanup_text struct text resolv = { 0 };
	struct arena *arena = &plan->arena;

	if (box->net || eyes_read(box->context->eyes, "/etc/resolv.conf", 65536, &resolv) < 0)
		text_clear(&resolv);
	plan_text(plan, path_under(arena, etc, "hostname"), arena_print(arena, "%s\n", hostname));
	plan_text(plan, path_under(arena, etc, "hosts"), box_hosts(box, arena, hostname));
	plan_text(plan, path_under(arena, etc, "resolv.conf"),
		  box->resolv ? box->resolv : resolv.len ? arena_copy(arena, resolv.s) : none);
}

const char *plan_init_layer(const struct box *box, const struct root *root, struct plan *plan,
			    const char *hostname)
{
	plan_folder(plan, root->init, 0755);
	if (box->overlay && !box->image->embedded)
		plan_mount_points(root, plan);
	const char *etc = plan_etc(root, plan);
	if (!etc)
		return NULL;
	plan_files(box, plan, path_under(&plan->arena, root->init, etc), hostname);
	return etc;
}
