/* whiteout PATH, opaque DIR: what a union file system leaves where something was deleted. */
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/text.h"
#include "commands/build.h"

static const struct arg_spec whiteout_args[] = {
	{ "PATH", WORD_PATH, .means = "a file or folder in a union" },
	{ 0 }
};

static const struct arg_spec opaque_args[] = {
	{ "DIR", WORD_PATH, .means = "a folder in a union" },
	{ 0 }
};

/* The value of an option in an overlay's own options, unescaped; NULL when it is not there. */
static const char *option_of(struct plan *plan, const struct mount *mount, const char *name)
{
	size_t length = strlen(name);
	const char *found = mount->super;

	while (found && (strncmp(found, name, length) != 0 || found[length] != '=')) {
		found = strchr(found, ',');
		found = found ? found + 1 : NULL;
	}
	if (!found)
		return NULL;
	found += length + 1;
	char *value = arena_copyn(&plan->arena, found, strcspn(found, ","));
	return value;
}

/* A path that was typed without a slash and is not there is looked for in the unions: the article
 * says "delete foo", not where foo is. */
static const char *path_in_union(const struct context *context, struct plan *plan, const char *path)
{
	const struct mounts *mounts = context->child->mounts;
	const char *here = path_here(context, plan, path);

	if (strchr(path, '/') || mode_here(context, here))
		return here;
	for (size_t i = mounts ? mounts->count : 0; i-- > 0;) {
		const char *there = path_under(&plan->arena, mounts->list[i].point, path);
		if (strcmp(mounts->list[i].type, "overlay") == 0 && mode_here(context, there))
			return there;
	}
	return here;
}

/* The union that path is in, and the place of the same name in its writable layer. */
static int find_upper(const struct context *context, const struct words *words, struct plan *plan,
		      const char *path, const char **upper, struct error *err)
{
	const struct mount *mount = mounts_find(context->child->mounts, path);

	if (refuse_shared(context, words, NS_MNT, "deleting from a union", err) < 0)
		return -1;
	if (!mount || (strcmp(mount->type, "overlay") != 0 && strcmp(mount->type, "aufs") != 0)) {
		fail_arg(err, words, 0, "%s is in no union", vis(path));
		return fail_fix(err, "union A B C makes one; mountinfo overlay lists them");
	}
	const char *inside = path_inside(mount->point, path);
	const char *layer = option_of(plan, mount, "upperdir");
	if (!inside || !*inside)
		return fail_arg(err, words, 0, "%s is the union itself", vis(path));
	if (strcmp(mount->type, "overlay") == 0 && !layer)
		return fail_arg(err, words, 0, "the union at %s has no writable layer", vis(mount->point));
	if (!mode_here(context, path))
		return fail_arg(err, words, 0, "there is no %s", vis(path));
	*upper = layer ? path_under(&plan->arena, layer, inside) : NULL;
	plan->show = mount->point;
	plan->show_entry = *upper;
	return 0;
}

static int build_whiteout(const struct context *context, const struct words *words,
			  struct plan *plan, struct error *err)
{
	const char *path = path_in_union(context, plan, words->args[0].s);
	const char *upper = NULL;

	if (find_upper(context, words, plan, path, &upper, err) < 0)
		return -1;
	plan_add(plan, OP_remove)->remove.path = path;
	plan->changes = true;
	plan->same_as = arena_print(&plan->arena, "rm -r %s", vis(path));
	plan->meaning = "The layers below may not change, so the file system notes the deletion in the writable layer: overlay with a character device 0:0 of that name, aufs and image archives with an empty file .wh.NAME. What it hides is still in its layer.";
	return 0;
}

static int build_opaque(const struct context *context, const struct words *words,
			struct plan *plan, struct error *err)
{
	const char *path = path_in_union(context, plan, words->args[0].s);
	const char *upper = NULL;

	if (find_upper(context, words, plan, path, &upper, err) < 0)
		return -1;
	if (!S_ISDIR(mode_here(context, path)))
		return fail_arg(err, words, 0, "%s is no folder", vis(path));
	plan_add(plan, OP_remove)->remove.path = path;
	struct op *op = plan_add(plan, OP_mkdir);
	op->mkdir.path = path;
	op->mkdir.mode = 0755;
	plan->changes = true;
	plan->same_as = arena_print(&plan->arena, "rm -r %s && mkdir %s", vis(path), vis(path));
	plan->meaning = "The folder is there again and empty: it is opaque, which overlay notes by the attribute overlay.opaque=y (trusted. or, in a user namespace, user.), aufs and image archives by a file .wh..wh..opq in it. Nothing of the layers below shows through.";
	return 0;
}

const struct command command_whiteout = {
	.name = "whiteout", .kind = BUILDS, .group = GROUP_WALLS,
	.summary = "delete from a union, and see the entry that hides what lies below",
	.explain = "A union's lower layers are read-only, so a deletion cannot take anything away: it is "
		"noted in the writable layer. The kernel makes that note when something is removed through "
		"the union, which is what this command does; then it shows the entry: for overlay a "
		"character device with the numbers 0:0.",
	.example = "unshare user mnt\nunion /etc/skel /tmp/u\nwhiteout /tmp/u/.profile\ntree /tmp/u",
	.args = whiteout_args, .build = build_whiteout,
};

const struct command command_opaque = {
	.name = "opaque", .kind = BUILDS, .group = GROUP_WALLS,
	.summary = "empty a folder of a union without looking at what lies below",
	.explain = "A folder that is deleted from a union and made anew must not let the lower layers' "
		"folder of that name show through. The kernel marks it opaque: for overlay with an extended "
		"attribute on the folder in the writable layer.",
	.example = "unshare user mnt\nunion /etc /tmp/u\nopaque /tmp/u/default\ntree /tmp/u/default",
	.args = opaque_args, .build = build_opaque,
};
