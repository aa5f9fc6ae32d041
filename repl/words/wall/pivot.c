/* pivot DIR [OLD]: pivot_root with its preconditions made true. */
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "words/plans/plans.h"

static const struct flag_spec flags[] = {
	{ "--keep-old", 0, NULL, .means = "leave the old root at OLD (oldroot in DIR) to look at" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "DIR", WORD_PATH, .means = "the folder that becomes /" },
	{ "OLD", WORD_PATH, .optional = true, .means = "a folder below DIR to keep the old root at" },
	{ 0 }
};

/* pivot_root(2) answers EINVAL where the new root's parent mount or the present root is shared. */
static void plan_unshared(const struct context *context, struct plan *plan, const char *dir)
{
	const struct mount *above = mounts_find(context->child->mounts, dir);
	const struct mount *root = mounts_at(context->child->mounts, "/");

	if ((above && strstr(above->propagation, "shared")) ||
	    (root && strstr(root->propagation, "shared")))
		plan_propagation(plan, "/", MS_REC | MS_PRIVATE);
}

/* Where the old root goes, as a path of the present root: inside dir. */
static const char *place_for_old(const struct context *context, const struct words *words,
				 struct plan *plan, const char *dir)
{
	const char *old = words_arg(words, 1);

	if (!old && !words_flag(words, "--keep-old"))
		return NULL;
	if (!old)
		return path_under(&plan->arena, dir, "oldroot");
	const char *path = path_here(context, plan, old);
	return path_inside(dir, path) ? path : path_under(&plan->arena, dir, old);
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const char *dir = path_here(context, plan, words->args[0].s);

	if (refuse_shared(context, words, NS_MNT, _("a new root"), err) < 0 ||
	    refuse_unread(context, words, err) < 0)
		return -1;
	if (strcmp(dir, "/") == 0)
		return fail_arg(err, ERR_PATH_KIND, words, 0, "/ is the root already");
	unsigned mode;
	if (refuse_absent(context, words, 0, dir, &mode, err) < 0)
		return -1;
	if (!S_ISDIR(mode))
		return fail_arg(err, ERR_PATH_KIND, words, 0, "%s: not a folder in the child's root", vis(dir));
	plan_unshared(context, plan, dir);
	if (!mounts_at(context->child->mounts, dir))
		plan_mount(plan, NULL, dir, dir, MS_BIND | MS_REC, NULL);
	const char *old = place_for_old(context, words, plan, dir);
	if (old)
		plan_mkdirs(context, plan, old, PLAN_TAKE_BACK);
	plan_pivot(plan, dir, old);
	plan->changes = true;
	plan->man = "pivot_root(2)";
	plan->meaning = old ?
		_("The child's mount namespace has another root. The old one is still there to look at: a container detaches it too.") :
		_("The child's mount namespace has another root, and the old one is detached: no path leads out.");
	return 0;
}

const struct command command_pivot = {
	.name = "pivot", .kind = BUILDS, .stage = STAGE_PIVOT, .group = GROUP_WALLS,
	.summary = "make a folder the root of the child's mount namespace",
	.explain = "pivot_root(2) moves the root mount of the whole mount namespace to another "
		"place and makes another mount the root. The new root must be a mount point. The "
		"parent of its mount and the parent of the current root must not be shared (nor "
		"the mount at OLD, if it is one). Stave makes this true first, and shows how. "
		"Then it detaches the old root, and with it every path out. With OLD or "
		"--keep-old the old root stays, to look at.",
	.example = "unshare user mnt pid\nrootfs busybox /tmp/root\npivot /tmp/root\nrun ls /",
	.flags = flags, .args = args, .build = build,
};
