/* whiteout PATH, opaque DIR: what a union file system leaves where something was deleted. */
#include <string.h>
#include <sys/stat.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "words/plans/container/container.h"

static const struct arg_spec whiteout_args[] = {
	{ "PATH", WORD_PATH, .means = "a file or folder in a union" },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--format", 0, NULL, .means = "make the same deletion in the other formats too, to look at" },
	{ 0 }
};

static const struct arg_spec opaque_args[] = {
	{ "DIR", WORD_PATH, .means = "a folder in a union" },
	{ 0 }
};

/* A path that was typed without a slash and is not there is looked for in the unions: the article
 * says "delete foo", not where foo is. */
static const char *path_in_union(const struct context *context, struct plan *plan, const char *path)
{
	const struct mounts *mounts = context->child->mounts;
	const char *here = path_here(context, plan, path);

	struct error untold;
	unsigned mode;

	if (strchr(path, '/') || name_here(context, here, &mode, &untold) != 0)
		return here;
	for (size_t i = mounts ? mounts->count : 0; i-- > 0;) {
		const char *there = path_under(&plan->arena, mounts->list[i].point, path);
		if (strcmp(mounts->list[i].type, "overlay") == 0 &&
		    name_here(context, there, &mode, &untold) != 0)
			return there;
	}
	return here;
}

/* The union that path is in has to have a writable layer. */
static int check_union(const struct context *context, const struct words *words, struct plan *plan,
		       const char *path, unsigned *mode, struct error *err)
{
	const struct mount *mount = mounts_find(context->child->mounts, path);

	if (refuse_shared(context, words, NS_MNT, _("deleting from a union"), err) < 0 ||
	    refuse_unread(context, words, err) < 0)
		return -1;
	if (!mount || (strcmp(mount->type, "overlay") != 0 && strcmp(mount->type, "aufs") != 0)) {
		fail_arg(err, ERR_UNION_ABSENT, words, 0, "%s: not in a union", vis(path));
		return fail_fix(err, "union A B C makes one; mountinfo overlay lists them");
	}
	const char *inside = path_inside(mount->point, path);
	const char *layer = mount_option(mount, "upperdir", &plan->arena);
	if (!inside || !*inside)
		return fail_arg(err, ERR_UNION_ABSENT, words, 0, "%s is the union itself", vis(path));
	if (strcmp(mount->type, "overlay") == 0 && !layer)
		return fail_arg(err, ERR_UNION_READ_ONLY, words, 0, "the union at %s has no writable layer", vis(mount->point));
	if (refuse_absent_name(context, words, 0, path, mode, err) < 0)
		return -1;
	plan->show = mount->point;
	plan->show_entry = path;
	return 0;
}

/* ---- the other dialects ---- */

static void plan_mark(struct plan *plan, const char *path)
{
	struct op *op = plan_add(plan, OP_mknod);

	op->mknod.path = path;
	op->mknod.type = S_IFREG;
	op->mknod.mode = 0444;
}

/* What the file system cannot keep is passed over: tmpfs has user. attributes since Linux 6.6. */
static void plan_attribute(const struct context *context, struct plan *plan, const char *path,
			   const char *name, const char *value)
{
	struct op *op = plan_add_with(plan, OP_setxattr, PLAN_MAY_FAIL);

	op->setxattr.path = path;
	op->setxattr.name = arena_print(&plan->arena, "%s.overlay.%s",
					in_userns(context) ? "user" : "trusted", name);
	op->setxattr.value = (struct op_bytes){ value, strlen(value) };
}

/* The same deletion as overlay's attribute and as aufs and archives write it, made in the scratch
 * folder, to be looked at. */
static const char *plan_forms(const struct context *context, struct plan *plan, const char *name,
			      bool folder)
{
	struct arena *arena = &plan->arena;
	const char *base = plan_scratch(context, plan), **forms = arena_new(arena, 3 * sizeof(*forms));
	const char *overlay = path_join(arena, base, "overlay"), *aufs = path_join(arena, base, "archive");

	plan_folder(plan, base, 0755);
	plan_folder(plan, overlay, 0755);
	plan_folder(plan, aufs, 0755);
	forms[0] = path_join(arena, overlay, name);
	if (folder) {
		plan_folder(plan, forms[0], 0755);
		plan_attribute(context, plan, forms[0], "opaque", "y");
		aufs = path_join(arena, aufs, name);
		plan_folder(plan, aufs, 0755);
		forms[1] = path_join(arena, aufs, ".wh..wh..opq");
	} else {
		/* The folder says that there are such files in it: overlay looks for them only then. */
		plan_attribute(context, plan, overlay, "opaque", "x");
		plan_mark(plan, forms[0]);
		plan_attribute(context, plan, forms[0], "whiteout", "y");
		forms[1] = arena_print(arena, "%s/.wh.%s", aufs, name);
	}
	plan_mark(plan, forms[1]);
	plan->forms = forms;
	return base;
}

static int build_whiteout(const struct context *context, const struct words *words,
			  struct plan *plan, struct error *err)
{
	const char *path = path_in_union(context, plan, words->args[0].s);
	unsigned mode;

	if (check_union(context, words, plan, path, &mode, err) < 0)
		return -1;
	plan->meaning = _("The layers below must not change, so the file system records the deletion in the writable layer: overlay with a character device 0:0 of that name, aufs and image archives with an empty file .wh.NAME. The hidden file is still in its layer.");
	if (words_flag(words, "--format"))
		plan->meaning = arena_print(&plan->arena, _("One deletion in three formats. The kernel has made overlay's own in the writable layer; %s has the one that overlay also reads since Linux 6.7, and that of aufs and image archives. To overlay .wh.%s is an ordinary file."),
					    vis(plan_forms(context, plan, path_name(path), false)),
					    vis(path_name(path)));
	plan_add(plan, OP_remove)->remove.path = path;
	plan->changes = true;
	plan->same_as = arena_print(&plan->arena, "rm -r %s", shell_word(plan, path));
	return 0;
}

static int build_opaque(const struct context *context, const struct words *words,
			struct plan *plan, struct error *err)
{
	const char *path = path_in_union(context, plan, words->args[0].s);
	unsigned mode;

	if (check_union(context, words, plan, path, &mode, err) < 0)
		return -1;
	if (!S_ISDIR(mode))
		return fail_arg(err, ERR_PATH_KIND, words, 0, "%s: not a folder", vis(path));
	plan->meaning = _("The folder exists again and is empty: it is opaque. Overlay records that with the attribute overlay.opaque=y (trusted. or, in a user namespace, user.), aufs and image archives with a file .wh..wh..opq in it. Nothing of the layers below shows through.");
	if (words_flag(words, "--format"))
		plan->meaning = arena_print(&plan->arena, _("%s %s has the same in both formats."), plan->meaning,
					    vis(plan_forms(context, plan, path_name(path), true)));
	plan_add(plan, OP_remove)->remove.path = path;
	struct op *op = plan_add(plan, OP_mkdir);
	op->mkdir.path = path;
	op->mkdir.mode = 0755;
	plan->changes = true;
	plan->same_as = arena_print(&plan->arena, "rm -r %s && mkdir %s", shell_word(plan, path), shell_word(plan, path));
	return 0;
}

/* One letter was enough while no other word began with it. */
static const char *const whiteout_aliases[] = { "w", NULL };

const struct command command_whiteout = {
	.name = "whiteout", .aliases = whiteout_aliases, .kind = BUILDS, .stage = STAGE_ROOT, .group = GROUP_WALLS,
	.summary = "delete from a union, and see the entry that hides the lower file",
	.explain = "A union's lower layers are read-only, so a deletion cannot remove anything "
		"from them: it is recorded in the writable layer. The kernel writes that record "
		"when something is removed through the union, as this command does. Then the "
		"command shows the entry: for overlay a character device with the numbers 0:0.\n\n"
		"--format also makes the same deletion in the other formats, in the session's "
		"scratch folder: overlay's attribute, and the file .wh.NAME of aufs and of image "
		"archives. tree marks them all.",
	.example = "unshare user mnt\nunion /etc/skel /tmp/u\nwhiteout /tmp/u/.profile\ntree /tmp/u",
	.flags = flags, .args = whiteout_args, .build = build_whiteout,
};

const struct command command_opaque = {
	.name = "opaque", .kind = BUILDS, .stage = STAGE_ROOT, .group = GROUP_WALLS,
	.summary = "empty a folder of a union, hiding what lies below",
	.explain = "A folder that is deleted from a union and made again must not show the "
		"content of the lower layers' folder of that name. The kernel marks it opaque: "
		"for overlay with an extended attribute on the folder in the writable layer.",
	.example = "unshare user mnt\nunion /etc /tmp/u\nopaque /tmp/u/default\ntree /tmp/u/default",
	.flags = flags, .args = opaque_args, .build = build_opaque,
};
