/* rootfs IMAGE [AT]: a root file system for the child, to chroot or pivot into. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "walls/walls.h"
#include "words/plans/container/container.h"

static const struct arg_spec args[] = {
	{ "IMAGE", WORD_PATH, .offers = OFFERS_IMAGES, .means = "busybox, an image of the store, or a folder that holds a root file system" },
	{ "AT", WORD_PATH, .optional = true, .means = "where it appears; created if it is missing" },
	{ 0 }
};

/* Whether the child's root is the host's, and a mount of its own hides the path. */
static bool is_covered(const struct context *context, const char *path, struct error *err)
{
	const struct sides sides = { .child = context->child, .host = context->host };
	const struct mount *cover = context->child->mounts ? mounts_find(context->child->mounts, path) : NULL;
	const struct mount *there = cover && context->host->mounts ? mounts_at(context->host->mounts, cover->point) : NULL;

	if (!cover || wall_stands(WALL_ROOT, &sides) || wall_stands(WALL_CHROOT, &sides) ||
	    (there && there->major == cover->major && there->minor == cover->minor))
		return false;
	fail_why(err, "mount %d (%s) covers it, in the child's mount namespace", cover->id, vis(cover->point));
	fail_fix(err, "umount %s; or reset, and rootfs before that mount", vis(cover->point));
	return true;
}

static int check_reachable(const struct context *context, const struct root_image *image,
			   struct error *err)
{
	const char *first = image->folders[0];

	unsigned mode;

	if (mode_here(context, first, &mode, err) < 0)
		return -1;
	/* A dry run has not made the default root. */
	if (S_ISDIR(mode) || !eyes_find(context->eyes, first))
		return 0;
	fail_id(err, ERR_PATH_ABSENT, 0, "rootfs: the child does not see %s", vis(first));
	if (is_covered(context, first, err))
		return -1;
	fail_why(err, "its root has changed, and paths are looked up below the new root");
	return fail_fix(err, "reset, then rootfs before chroot or pivot");
}

/* The first one gets the shorter name, for it is to be typed. */
static const char *usual_place(const struct context *context, struct plan *plan, const char *base)
{
	const char *place = path_under(&plan->arena, context->scratch, "root");

	return absent_here(context, place) ? place : path_under(&plan->arena, base, "root");
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	struct root_image image;
	struct root root = { .image = &image, .uid_map = context->child->uid_map,
			     .gid_map = context->child->gid_map };
	bool userns = in_userns(context);

	if (refuse_shared(context, words, NS_MNT, _("a mount"), err) < 0 ||
	    refuse_unread(context, words, err) < 0)
		return -1;
	if (root_image_find(context, plan, words->args[0].s, &image, err) < 0)
		return fail_wrap(err, "rootfs");
	if (check_reachable(context, &image, err) < 0)
		return -1;
	plan_root_image(plan, &image);
	root.base = plan_scratch(context, plan);
	root.at = words->count > 1 ? path_here(context, plan, words->args[1].s) :
				     usual_place(context, plan, root.base);
	plan_folder(plan, root.base, 0755);
	if (words->count > 1)
		plan_mkdirs(context, plan, root.at, PLAN_TAKE_BACK);
	else
		plan_folder(plan, root.at, 0755);
	if (plan_root(context, plan, &root, userns, err) < 0)
		return fail_wrap(err, "rootfs");
	const char *what = image.stored ? image.name : image.folders[0];
	plan->changes = true;
	plan->meaning = may_overlay(context, userns) ?
		arena_print(&plan->arena, _("%s shows the files of %s; what is written there goes to a layer "
			    "in memory, so the image does not change. pivot %s makes it the child's /."),
			    vis(root.at), vis(what), vis(root.at)) :
		arena_print(&plan->arena, _("%s shows the files of %s, read-only: before Linux 5.11 user "
			    "namespaces have no unions. pivot %s makes it the child's /."), vis(root.at),
			    vis(what), vis(root.at));
	return 0;
}

static unsigned needs(const struct words *words)
{
	return root_image_is_embedded(words->args[0].s) ? NEEDS_BUSYBOX : 0;
}

const struct command command_rootfs = {
	.name = "rootfs", .kind = BUILDS, .stage = STAGE_ROOT, .group = GROUP_WALLS,
	.summary = "prepare a root file system",
	.explain = "A container's files are a folder with everything that its programs need: "
		"/bin, /etc, /lib. The kernel is not among them: every container uses the host's. "
		"busybox names the default, made on the spot from the system's static busybox: a "
		"single program that is sh, ls, ps and some 300 more, depending on the name that "
		"it is called by.\n\n"
		"The folder is only read: a fresh writable layer lies over it. AT is where the "
		"result appears; without it, a place in the session's scratch folder. Then chroot "
		"AT or pivot AT. Before a pivot an ordinary user mounts proc at AT/proc, because "
		"in a user namespace a new proc may be mounted only while another one is fully "
		"visible.",
	.example = "unshare user mnt pid\nrootfs busybox /mnt\nmount proc /mnt/proc\npivot /mnt\nrun ps",
	.args = args, .needs = needs, .build = build,
};
