/* union A B ... C: folders laid over each other. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "commands/build.h"
#include "snapshot/facts.h"

static const struct flag_spec flags[] = {
	{ "--upper", 0, "DIR", WORD_PATH, .means = "the writable layer; a fresh one when left out" },
	{ "--ro", 0, NULL, .means = "no writable layer" },
	{ "--type", 0, "TYPE", .means = "overlay, or aufs where the kernel has it" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "LAYER", WORD_PATH, .many = true, .means = "read-only layers, the topmost first" },
	{ "TARGET", WORD_PATH, .means = "where the union is to be seen; made when it is missing" },
	{ 0 }
};

static int check_layers(const struct context *context, const struct words *words,
			struct plan *plan, struct error *err)
{
	for (size_t i = 0; i + 1 < words->count; i++)
		if (!S_ISDIR(mode_here(context, path_here(context, plan, words->args[i].s))))
			return fail_arg(err, words, i, "%s is no folder in the child's root",
					vis(words->args[i].s));
	if (words_flag(words, "--ro") && words_flag(words, "--upper"))
		return fail(err, 0, "union: --ro and --upper exclude each other");
	if (words_flag(words, "--ro") && words->count < 3) {
		fail(err, 0, "union: a read-only union takes two layers at least");
		return fail_why(err, "overlay with one lower layer and no upper one would be a bind mount");
	}
	return 0;
}

static int refuse_aufs(const struct context *context, struct error *err)
{
	fail(err, ENODEV, "union: this kernel (%s) has no aufs", vis(context->facts->kernel));
	fail_why(err, "aufs was never part of the mainline kernel; Docker's first choice until 2018, it left Ubuntu's kernels with 21.10");
	return fail_fix(err, "union without --type makes an overlay, which every kernel since 3.18 has");
}

/* aufs names each branch with its rights, the topmost first. */
static void plan_aufs(struct plan *plan, const char *const *layers, const char *upper,
		      const char *target)
{
	cleanup_text struct text data = { 0 };

	text_addf(&data, "br=");
	if (upper)
		text_addf(&data, "%s=rw", upper);
	for (const char *const *layer = layers; *layer; layer++)
		text_addf(&data, "%s%s=ro", data.len > 3 ? ":" : "", *layer);
	plan_mount(plan, "aufs", "none", target, 0, arena_copy(&plan->arena, data.s));
}

static void plan_folder(struct plan *plan, const char *path)
{
	struct op *op = plan_add(plan, OP_mkdir);

	op->mkdir.path = path;
	op->mkdir.mode = 0755;
}

/* The writable layer and overlay's work folder beside it: the one named, or fresh ones. */
static const char *plan_upper(const struct context *context, const struct words *words,
			      struct plan *plan, const char **work)
{
	const char *named = words_flag(words, "--upper");

	if (named) {
		const char *upper = path_here(context, plan, named);
		*work = arena_print(&plan->arena, "%s.work", upper);
		plan_mkdirs(context, plan, upper, PLAN_TAKE_BACK);
		plan_mkdirs(context, plan, *work, PLAN_TAKE_BACK);
		return upper;
	}
	const char *fresh = plan_scratch(context, plan);
	const char *upper = arena_print(&plan->arena, "%s/upper", fresh);
	*work = arena_print(&plan->arena, "%s/work", fresh);
	plan_folder(plan, fresh);
	plan_folder(plan, upper);
	plan_folder(plan, *work);
	return upper;
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const char **layers = arena_new(&plan->arena, (words->count + 1) * sizeof(*layers));
	const char *target = path_here(context, plan, words->args[words->count - 1].s);
	const char *type = words_flag(words, "--type");
	const char *upper = NULL, *work = NULL;

	if (refuse_shared(context, words, NS_MNT, "a mount", err) < 0 ||
	    check_layers(context, words, plan, err) < 0)
		return -1;
	if (type && strcmp(type, "overlay") != 0 && strcmp(type, "aufs") != 0)
		return fail(err, 0, "union: --type is overlay or aufs, not %s", vis(type));
	bool aufs = type && strcmp(type, "aufs") == 0;
	if (aufs && !context->facts->aufs)
		return refuse_aufs(context, err);
	for (size_t i = 0; i + 1 < words->count; i++)
		layers[i] = path_here(context, plan, words->args[i].s);
	if (!words_flag(words, "--ro"))
		upper = plan_upper(context, words, plan, &work);
	plan_mkdirs(context, plan, target, PLAN_TAKE_BACK);
	if (aufs)
		plan_aufs(plan, layers, upper, target);
	else
		plan_overlay(plan, layers, upper, work, target, in_userns(context));
	plan->changes = true;
	plan->show = target;
	plan->meaning = upper ?
		arena_print(&plan->arena, "%s shows all layers at once; where a name is in several, the topmost has it. Changes go to the writable layer %s, so the layers named never change.",
			    vis(target), vis(upper)) :
		arena_print(&plan->arena, "%s shows all layers at once, read-only; where a name is in several, the topmost has it.",
			    vis(target));
	return 0;
}

const struct command command_union = {
	.name = "union", .kind = BUILDS, .group = GROUP_WALLS,
	.summary = "lay folders over each other and see them as one",
	.explain = "A union mount shows several folders as one. Where a name is in more than one of them, the "
		"topmost (the first named) has it. The folders named stay as they are: a fresh writable "
		"layer lies on top and takes all changes, unless --upper names one or --ro asks for none. A "
		"Docker image is such a pile of read-only layers, a container's file system the pile with a "
		"writable layer on it.\n\n"
		"aufs did this for Docker first and was never in the mainline kernel; overlay does it today.",
	.example = "unshare user mnt\nunion /etc/default /etc/skel /tmp/both\ntree /tmp/both",
	.flags = flags, .args = args, .build = build,
};
