/* umount DST. */
#include <sys/mount.h>

#include "base/text.h"
#include "words/plans/plans.h"

static const struct flag_spec flags[] = {
	{ "--lazy", 'l', NULL, .means = "detach now, let go when nobody uses it any more" },
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
	plan->meaning = arena_print(&plan->arena, "What was hidden below %s is to be seen again.",
				    vis(target));
	return 0;
}

const struct command command_umount = {
	.name = "umount", .kind = BUILDS, .group = GROUP_WALLS,
	.summary = "take a mount away",
	.explain = "umount2(2) takes the topmost mount at a place away. A mount that is in use stays (EBUSY) "
		"unless it is detached with -l. Mounts that came into a user namespace with its copy of the "
		"host's table are locked (EINVAL): what they hide was hidden on purpose.",
	.example = "unshare user mnt\nmount tmpfs /mnt\numount /mnt",
	.flags = flags, .args = args, .build = build,
};
