/* rootfs IMAGE [AT]: a root file system for the child, to chroot or pivot into. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/text.h"
#include "words/plans/container/container.h"

static const struct arg_spec args[] = {
	{ "IMAGE", WORD_PATH, .means = "busybox, an image of the store, or a folder that holds a root file system" },
	{ "AT", WORD_PATH, .optional = true, .means = "where it is to be seen; made when it is missing" },
	{ 0 }
};

static int check_reachable(const struct context *context, const struct stock *stock,
			   struct error *err)
{
	const char *first = stock->folders[0];

	/* A dry run has not made the embedded root. */
	if (S_ISDIR(mode_here(context, first)) || access(first, F_OK) < 0)
		return 0;
	fail(err, 0, "rootfs: the child does not see %s", vis(first));
	fail_why(err, "its root is another one by now: paths are looked up below that");
	return fail_fix(err, "reset, then rootfs before chroot or pivot");
}

/* The first one gets the shorter name, for it is to be typed. */
static const char *usual_place(const struct context *context, struct plan *plan, const char *base)
{
	const char *place = path_under(&plan->arena, context->scratch, "root");

	return mode_here(context, place) ? path_under(&plan->arena, base, "root") : place;
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	struct stock stock;
	struct root root = { .stock = &stock };
	bool userns = in_userns(context);

	if (refuse_shared(context, words, NS_MNT, "a mount", err) < 0)
		return -1;
	if (stock_find(context, plan, words->args[0].s, &stock, err) < 0)
		return fail_wrap(err, "rootfs");
	if (check_reachable(context, &stock, err) < 0)
		return -1;
	plan_stock(plan, &stock);
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
	const char *what = stock.stored ? stock.name : stock.folders[0];
	plan->changes = true;
	plan->meaning = may_overlay(context, userns) ?
		arena_print(&plan->arena, "%s shows the files of %s; what is written there goes to a layer "
			    "in memory, so the image stays as it is. pivot %s makes it the child's /.",
			    vis(root.at), vis(what), vis(root.at)) :
		arena_print(&plan->arena, "%s shows the files of %s, read-only: before Linux 5.11 a user "
			    "namespace has no union. pivot %s makes it the child's /.", vis(root.at),
			    vis(what), vis(root.at));
	return 0;
}

static unsigned needs(const struct words *words)
{
	return stock_is_embedded(words->args[0].s) ? NEEDS_BUSYBOX : 0;
}

const struct command command_rootfs = {
	.name = "rootfs", .kind = BUILDS, .group = GROUP_WALLS,
	.summary = "prepare a root file system",
	.explain = "A container's files are a folder with all that its programs need: /bin, /etc, /lib. The "
		"kernel is not among them: it is the host's, for every container. busybox names the embedded "
		"default, made once of the system's static busybox, a single program that is sh, ls, ps and "
		"some 300 more, told apart by the name it is called by.\n\n"
		"The folder given is only read: a fresh writable layer is united with it. AT is where the "
		"result is to be seen, a place in the session's scratch folder when left out. Then chroot AT "
		"or pivot AT; before a pivot an ordinary user mounts proc at AT/proc, for a user namespace may "
		"mount a new proc only while it sees a whole one.",
	.example = "unshare user mnt pid\nrootfs busybox /mnt\nmount proc /mnt/proc\npivot /mnt\nrun ps",
	.args = args, .needs = needs, .build = build,
};
