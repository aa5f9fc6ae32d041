/* union A B ... C: folders laid over each other. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "words/plans/container/hidden.h"
#include "words/plans/plans.h"

static const struct choice types[] = { { "overlay" }, { "aufs" }, { 0 } };

static const struct flag_spec flags[] = {
	{ "--upper", 0, "DIR", WORD_PATH, .means = "the writable layer; a fresh one when left out" },
	{ "--ro", 0, NULL, .means = "no writable layer" },
	{ "--type", 0, "TYPE", WORD_CHOICE, .choices = types, .means = "aufs where the kernel has it" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "LAYER", WORD_PATH, .many = true, .means = "read-only layers, the topmost first" },
	{ "TARGET", WORD_PATH, .means = "where the union appears; created if it is missing" },
	{ 0 }
};

static int check_layers(const struct context *context, const struct words *words,
			struct plan *plan, struct error *err)
{
	for (size_t i = 0; i + 1 < words->count; i++) {
		unsigned mode;
		if (refuse_absent(context, words, i, path_here(context, plan, words->args[i].s), &mode, err) < 0)
			return -1;
		if (!S_ISDIR(mode))
			return fail_arg(err, ERR_PATH_KIND, words, i, "%s: not a folder in the child's root",
					vis(words->args[i].s));
	}
	if (words_flag(words, "--ro") && words_flag(words, "--upper"))
		return fail_id(err, ERR_OPTION_CONFLICT, 0, "union: --ro and --upper exclude each other");
	if (words_flag(words, "--ro") && words->count < 3) {
		fail_id(err, ERR_UNION_LAYERS, 0, "union: a read-only union needs at least two layers");
		return fail_why(err, "overlay with one lower layer and no upper one would be a bind mount");
	}
	return 0;
}

static int refuse_aufs(const struct context *context, struct error *err)
{
	fail_id(err, ERR_UNION_KERNEL, ENODEV, "union: this kernel (%s) has no aufs", vis(context->facts->kernel));
	fail_why(err, "aufs was never part of the mainline kernel; Docker's first choice until 2018, it left Ubuntu's kernels with 21.10");
	return fail_fix(err, "union without --type makes an overlay, which every kernel since 3.18 has");
}

static int check_type(const struct context *context, const struct words *words, struct error *err)
{
	const char *type = words_flag(words, "--type");

	if (!type || strcmp(type, "overlay") == 0) {
		if (words->count - 1 <= MOST_LAYERS)
			return 0;
		fail_id(err, ERR_UNION_LAYERS, 0, "union: %zu layers are too many", words->count - 1);
		return fail_why(err, "overlay takes %d read-only layers", MOST_LAYERS);
	}
	return context->facts->aufs ? 0 : refuse_aufs(context, err);
}

/* aufs names each branch with its rights, the topmost first. It knows no way to write a colon or a
 * comma that belongs to a name. */
static int plan_aufs(struct plan *plan, const struct overlay *stack, struct error *err)
{
	cleanup_text struct text data = { 0 };

	text_addf(&data, "br=");
	if (stack->upper)
		text_addf(&data, "%s=rw", stack->upper);
	for (const char *const *layer = stack->lowers; *layer; layer++) {
		if (strpbrk(*layer, ":,="))
			return fail_id(err, ERR_UNION_LAYERS, 0, "union: aufs cannot name a layer with : , or = in it: %s", vis(*layer));
		text_addf(&data, "%s%s=ro", data.len > 3 ? ":" : "", *layer);
	}
	if (data.len >= 4095)
		return fail_id(err, ERR_UNION_LAYERS, E2BIG, "union: the names of the layers, %zu bytes, do not fit mount(2)'s page of options", data.len);
	plan_mount(plan, "aufs", "none", stack->target, 0, arena_copy(&plan->arena, data.s));
	return 0;
}

static void plan_one_folder(struct plan *plan, const char *path, unsigned how)
{
	struct op *op = plan_add_with(plan, OP_mkdir, how);

	op->mkdir.path = path;
	op->mkdir.mode = 0755;
}

/* What is to be known of the folder that --upper names: whether it lies on an overlay (path: it, or
 * the nearest folder above it that is there), and whether anything is in it. */
static bool lies_on_overlay(const struct context *context, struct plan *plan, const char *path)
{
	struct statfs st;

	while (absent_here(context, path) && strcmp(path, "/") != 0)
		path = path_parent(&plan->arena, path);
	cleanup_fd int fd = eyes_open(context->eyes, context->child->pid, path, O_PATH);
	return fd >= 0 && fstatfs(fd, &st) == 0 && st.f_type == OVERLAYFS_SUPER_MAGIC;
}

static int is_empty(const struct context *context, const char *path, struct error *err)
{
	cleanup_text struct text names = { 0 };

	if (eyes_list(context->eyes, context->child->pid, path, &names) == 0)
		return !names.len;
	return errno == ENOENT ? 1 : fail(err, errno, "open %s in the child's root", vis(path));
}

/* A folder of the union's own in the session's tmpfs. */
static void plan_base(const struct context *context, struct plan *plan, struct overlay *stack)
{
	stack->base = plan_scratch(context, plan);
	plan_one_folder(plan, stack->base, 0);
}

/* A writable layer there, and overlay's work folder beside it: fresh ones. */
static void plan_fresh(const struct context *context, struct plan *plan, struct overlay *stack)
{
	plan_base(context, plan, stack);
	stack->upper = path_join(&plan->arena, stack->base, "upper");
	stack->work = path_join(&plan->arena, stack->base, "work");
	plan_one_folder(plan, stack->upper, 0);
	plan_one_folder(plan, stack->work, 0);
}

/* The writable layer that --upper names. Overlay takes none that lies on an overlay: then it is in
 * memory, and shown in that place. */
static int plan_named(const struct context *context, const char *named, struct plan *plan,
		      struct overlay *stack, bool *in_memory, struct error *err)
{
	const char *upper = path_here(context, plan, named);

	*in_memory = lies_on_overlay(context, plan, upper);
	int empty = *in_memory ? is_empty(context, upper, err) : 1;
	if (empty < 0)
		return -1;
	if (!empty) {
		fail_id(err, ERR_UNION_LAYERS, 0, "union: --upper %s lies on an overlay and has files in it", vis(named));
		fail_why(err, "a folder of an overlay cannot be the writable layer of another overlay; Stave replaces only an empty one by a folder in memory");
		return fail_fix(err, "leave out --upper, or name a folder on a disk or tmpfs");
	}
	if (*in_memory) {
		plan_fresh(context, plan, stack);
		plan_mkdirs(context, plan, upper, PLAN_TAKE_BACK);
		plan_bind_at(context, plan, stack->upper, upper, 0);
		return 0;
	}
	stack->upper = stack->base = upper;
	stack->work = arena_print(&plan->arena, "%s.work", upper);
	plan_mkdirs(context, plan, stack->upper, PLAN_TAKE_BACK);
	unsigned mode;
	int there = mode_here(context, stack->work, &mode, err);
	if (there < 0)
		return -1;
	if (!there)
		plan_one_folder(plan, stack->work, PLAN_TAKE_BACK);
	if (overlay_way(context, stack) == BY_LINKS)
		plan_base(context, plan, stack);
	return 0;
}

static int plan_upper(const struct context *context, const struct words *words, struct plan *plan,
		      struct overlay *stack, bool *in_memory, struct error *err)
{
	const char *named = words_flag(words, "--upper");

	if (named)
		return plan_named(context, named, plan, stack, in_memory, err);
	if (!words_flag(words, "--ro")) {
		plan_fresh(context, plan, stack);
	} else if (overlay_way(context, stack) == BY_LINKS) {
		plan_base(context, plan, stack);
	}
	return 0;
}

static const char *meaning(struct plan *plan, const struct overlay *stack, const char *in_memory)
{
	cleanup_text struct text text = { 0 };

	if (strcmp(stack->target, "/") == 0)
		return mounted_on_root();
	text_sayf(&text, "%s shows all layers at once%s; of files with the same name it shows the topmost.",
		  vis(stack->target), stack->upper ? "" : _(", read-only"));
	if (in_memory)
		text_sayf(&text, " %s is on an overlay, which cannot hold a writable layer: the layer is in memory, appears there too, and ends with the child.",
			  vis(in_memory));
	else if (stack->upper)
		text_sayf(&text, " Changes go to the writable layer %s, so the layers named never change.",
			  vis(stack->upper));
	return arena_copy(&plan->arena, text_of(&text));
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const char **layers = arena_new(&plan->arena, (words->count + 1) * sizeof(*layers));
	const char *type = words_flag(words, "--type"), *named = words_flag(words, "--upper");
	struct overlay stack = { .lowers = layers, .userxattr = in_userns(context) };
	bool in_memory = false;

	if (refuse_shared(context, words, NS_MNT, _("a mount"), err) < 0 ||
	    refuse_unread(context, words, err) < 0 ||
	    check_type(context, words, err) < 0 || check_layers(context, words, plan, err) < 0)
		return -1;
	for (size_t i = 0; i + 1 < words->count; i++)
		layers[i] = path_here(context, plan, words->args[i].s);
	stack.target = path_here(context, plan, words->args[words->count - 1].s);
	if (plan_upper(context, words, plan, &stack, &in_memory, err) < 0)
		return -1;
	plan_mkdirs(context, plan, stack.target, PLAN_TAKE_BACK);
	if (type && strcmp(type, "aufs") == 0) {
		if (plan_aufs(plan, &stack, err) < 0)
			return -1;
	} else {
		plan_overlay(context, plan, &stack);
	}
	plan->changes = true;
	plan->show = stack.target;
	plan->meaning = meaning(plan, &stack, in_memory ? named : NULL);
	plan_warn_upper(context, plan, named && !in_memory ? stack.upper : NULL);
	return 0;
}

const struct command command_union = {
	.name = "union", .kind = BUILDS, .stage = STAGE_ROOT, .group = GROUP_WALLS,
	.summary = "lay folders over each other and see them as one",
	.explain = "A union mount shows several folders as one. Where more than one of them has a "
		"name, the topmost (the first given) wins. The folders do not change: a fresh "
		"writable layer on top takes all changes, unless --upper names one or --ro asks "
		"for none. A Docker image is such a stack of read-only layers; a container's file "
		"system is the stack with a writable layer on it.\n\n"
		"Docker first used aufs, which was never in the mainline kernel; today it uses "
		"overlay. mount(2) takes one page of options. If the layers' names need more, or "
		"contain commas or colons, they are passed one by one with fsconfig(2) (Linux "
		"6.8), or through short links, as docker does. Overlay allows 500 layers.\n\n"
		"layers lists them, diff shows what the writable one holds.",
	.example = "unshare user mnt\nunion /etc/default /etc/skel /tmp/both\ntree /tmp/both",
	.flags = flags, .args = args, .build = build,
};
