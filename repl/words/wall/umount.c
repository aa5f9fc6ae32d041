/* umount DST. */
#include <string.h>
#include <sys/mount.h>

#include "base/message.h"
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

/* The mount that another one, in the same table, was mounted on. */
static const struct mount *mounted_on(const struct mounts *mounts, const struct mount *mount)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->list[i].id == mount->parent)
			return &mounts->list[i];
	return NULL;
}

static bool same_peers(const struct mount *a, const struct mount *b)
{
	const char *one = strstr(a->line, " shared:"), *other = strstr(b->line, " shared:");

	return one && other && strcspn(one + 1, " ") == strcspn(other + 1, " ") &&
	       strncmp(one, other, strcspn(one + 1, " ") + 1) == 0;
}

/* Where the mount below is shared with the host, the kernel unmounts there as well. */
static int refuse_reaching(const struct context *context, const char *target, struct error *err)
{
	const struct mounts *child = context->child->mounts, *host = context->host->mounts;
	const struct mount *mount = child ? mounts_at(child, target) : NULL;
	const struct mount *there = mount && host ? mounts_at(host, target) : NULL;
	const struct mount *below = there ? mounted_on(child, mount) : NULL;
	const struct mount *hosts = below ? mounted_on(host, there) : NULL;

	if (!hosts || !same_peers(below, hosts))
		return 0;
	fail_id(err, ERR_HOST_SHARED, 0, "umount: refused: %s would be unmounted on the host as well", vis(target));
	fail_why(err, "%s, below it, is shared with the host's mount namespace", vis(below->point));
	return fail_fix(err, "propagation slave %s --norec", vis(below->point));
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const char *target = path_here(context, plan, words->args[0].s);

	if (refuse_shared(context, words, NS_MNT, _("unmounting"), err) < 0)
		return -1;
	/* umount2(2) of a process's root, other than lazily, does not unmount it: the kernel makes its file system
	 * read-only (do_umount_root() in fs/namespace.c). */
	if (strcmp(target, "/") == 0 && !words_flag(words, "--lazy") &&
	    refuse_hosts_file_system(context, target, "umount /", err) < 0) {
		fail_why(err, "the kernel does not unmount the root of a process: it makes the file system of the root read-only, for all who have it");
		return fail_fix(err, "pivot NEW puts another root in its place");
	}
	if (ns_own(context->child, context->host, NS_MNT) && refuse_reaching(context, target, err) < 0)
		return -1;
	struct op *op = plan_add(plan, OP_umount);
	op->umount.target = target;
	op->umount.flags = UMOUNT_NOFOLLOW | (words_flag(words, "--lazy") ? MNT_DETACH : 0);
	plan->changes = true;
	plan->meaning = arena_print(&plan->arena, _("What %s hid is visible again."),
				    vis(target));
	return 0;
}

const struct command command_umount = {
	.name = "umount", .kind = BUILDS, .stage = STAGE_FILLED, .group = GROUP_WALLS,
	.summary = "remove a mount",
	.explain = "umount2(2) removes the topmost mount at a place. A mount that is in use stays "
		"(EBUSY) unless -l detaches it. Mounts that a mount namespace got as a copy from "
		"a more privileged one are locked (EINVAL), because what they hide was hidden on "
		"purpose.",
	.example = "unshare user mnt\nmount tmpfs /mnt\numount /mnt",
	.flags = flags, .args = args, .build = build,
};
