/* chroot DIR. */
#include <sys/stat.h>

#include "base/message.h"
#include "base/text.h"
#include "words/plans/plans.h"

static const struct flag_spec flags[] = {
	{ "--keep-cwd", 0, NULL, .means = "leave the working directory outside (a way to escape)" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "DIR", WORD_PATH, .means = "the folder where / is to begin" },
	{ 0 }
};

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const char *dir = words->args[0].s;

	(void)err;
	/* A working directory outside / has no absolute name: the kernel walks from there itself. */
	dir = *dir == '/' ? path_here(context, plan, dir) : arena_copy(&plan->arena, dir);
	plan_add(plan, OP_chroot)->chroot.path = dir;
	if (!words_flag(words, "--keep-cwd"))
		plan_add(plan, OP_chdir)->chdir.path = "/";
	plan->changes = true;
	plan->same_as = arena_print(&plan->arena, "chroot %s", shell_word(plan, dir));
	plan->meaning = _("Paths that begin with / are now looked up from there. Nothing is unmounted: mountinfo lists only what can be reached from the new root. Root can get out again: pivot is the wall, chroot a curtain.");
	return 0;
}

const struct command command_chroot = {
	.name = "chroot", .kind = BUILDS, .stage = STAGE_PIVOT, .group = GROUP_WALLS, .host_safe = true,
	.summary = "let the child's / begin at another folder",
	.explain = "chroot(2) changes one thing of one process: where a path that begins with / "
		"starts. It does not change the working directory (Stave adds chdir(\"/\"); --keep-cwd "
		"leaves that out), and it unmounts nothing: mountinfo lists fewer mounts only because "
		"it lists those that can be reached from the new root. A process with CAP_SYS_CHROOT "
		"can leave by calling chroot(2) again on a folder below and walking up with \"..\". "
		"Docker uses pivot_root where it can.",
	.example = "unshare user mnt\nrootfs busybox /tmp/root\nchroot /tmp/root\nrun ls /",
	.flags = flags, .args = args, .build = build,
};
