/* mask and readonly: paths that show or change the host. */
#include <sys/mount.h>

#include "base/message.h"
#include "base/text.h"
#include "words/plans/mount/mask.h"

static const struct flag_spec flags[] = { ON_HOST_FLAG, { 0 } };

static const struct arg_spec args[] = {
	{ "PATH", WORD_PATH, .optional = true, .many = true,
	  .means = "these; without any, those that docker has for /proc and /sys" },
	{ 0 }
};

/* All of them, before the first is planned. */
static int check_paths(const struct context *context, const struct words *words,
		       struct plan *plan, struct error *err)
{
	unsigned mode;

	for (size_t i = 0; i < words->count; i++)
		if (refuse_absent(context, words, i, path_here(context, plan, words->args[i].s), &mode, err) < 0)
			return -1;
	return 0;
}

static const char *with_absent(struct plan *plan, const char *meaning, const struct text *absent)
{
	if (!absent->len)
		return meaning;
	return arena_print(&plan->arena, _("%s Not here, so skipped: %s."), meaning, absent->s);
}

static int build_mask(const struct context *context, const struct words *words, struct plan *plan,
		      struct error *err)
{
	cleanup_text struct text absent = { 0 };

	if (refuse_shared(context, words, NS_MNT, _("a mount here"), err) < 0)
		return -1;
	for (size_t i = 0; i < words->count; i++) {
		const char *path = path_here(context, plan, words->args[i].s);
		unsigned mode;
		if (refuse_absent(context, words, i, path, &mode, err) < 0)
			return -1;
		plan_mask(plan, path, mode);
	}
	if (!words->count && plan_mask_all(context, plan, &absent, err) < 0)
		return -1;
	plan->changes = true;
	plan->meaning = with_absent(plan, _("The old content is out of reach: a file reads as empty, a folder "
				    "has nothing in it. It holds only if no process there may unmount it, so "
				    "drop the capability sys_admin next."), &absent);
	return 0;
}

static int build_readonly(const struct context *context, const struct words *words,
			  struct plan *plan, struct error *err)
{
	cleanup_text struct text absent = { 0 };

	if (refuse_shared(context, words, NS_MNT, _("a mount here"), err) < 0 ||
	    check_paths(context, words, plan, err) < 0)
		return -1;
	for (size_t i = 0; i < words->count; i++) {
		const char *path = path_here(context, plan, words->args[i].s);
		plan_readonly(context, plan, path, plan_flags_at(context, path));
	}
	if (!words->count &&
	    plan_readonly_all(context, plan, plan_flags_at(context, "/proc"), &absent, err) < 0)
		return -1;
	plan->changes = true;
	plan->meaning = with_absent(plan, _("The same files, read-only through this path, with every mount "
				    "below. A process that may mount can undo this, so drop the capability "
				    "sys_admin next."), &absent);
	return 0;
}

const struct command command_mask = {
	.name = "mask", .kind = BUILDS, .stage = STAGE_HIDDEN, .group = GROUP_WALLS,
	.summary = "hide paths of /proc and /sys that namespaces do not cover",
	.explain = "/proc and /sys show more than namespaces isolate: memory (kcore), keys, "
		"interrupts, timers, firmware, power meters. A container has /dev/null mounted "
		"over such a file and an empty read-only tmpfs over such a folder. Stave checks "
		"/dev/null first, because an image may have put a link in its place "
		"(CVE-2025-31133). Paths that this kernel does not have are skipped, and named.",
	.example = "unshare user mnt\nmask /proc/interrupts\nrun wc -c /proc/interrupts",
	.flags = flags, .args = args, .build = build_mask,
};

const struct command command_readonly = {
	.name = "readonly", .kind = BUILDS, .stage = STAGE_HIDDEN, .group = GROUP_WALLS,
	.summary = "make paths read-only, with everything mounted below",
	.explain = "Binds a path over itself and makes that mount read-only, with all mounts "
		"below it: in one call where the kernel has mount_setattr(2) (Linux 5.12). "
		"Without a PATH it takes the paths through which a container could change the "
		"kernel's settings, above all /proc/sys; most of them belong to no namespace.",
	.example = "unshare user mnt\nreadonly /proc/sys\nrun sh -c 'echo x > /proc/sys/kernel/hostname || echo refused'",
	.flags = flags, .args = args, .build = build_readonly,
};
