/* umount DST. */
#include <sys/mount.h>

#include "base/text.h"
#include "words/plans/plans.h"

static const struct flag_spec flags[] = {
	{ "--lazy", 'l', NULL, .means = "detach now, release it when nothing uses it any more" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "DST", WORD_PATH, .means = "a mount point of the child's" },
	{ 0 }
};

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const char *target = path_here(context, plan, words->args[0].s);

	if (refuse_shared(context, words, NS_MNT, "unmounting", err) < 0)
		return -1;
	struct op *op = plan_add(plan, OP_umount);
	op->umount.target = target;
	op->umount.flags = UMOUNT_NOFOLLOW | (words_flag(words, "--lazy") ? MNT_DETACH : 0);
	plan->changes = true;
	plan->meaning = arena_print(&plan->arena, "What %s hid is visible again.",
				    vis(target));
	return 0;
}

const struct command command_umount = {
	.name = "umount", .kind = BUILDS, .group = GROUP_WALLS,
	.summary = "remove a mount",
	.explain = "umount2(2) removes the topmost mount at a place. A mount that is in use stays "
		"(EBUSY) unless -l detaches it. Mounts that a mount namespace got as a copy from "
		"a more privileged one are locked (EINVAL), because what they hide was hidden on "
		"purpose.",
	.example = "unshare user mnt\nmount tmpfs /mnt\numount /mnt",
	.flags = flags, .args = args, .build = build,
};
