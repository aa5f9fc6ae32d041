/* copyup PATH: the first write to a file of a lower layer, and what it costs. */
#include <string.h>
#include <sys/stat.h>

#include "base/message.h"
#include "base/text.h"
#include "words/plans/plans.h"

static const struct arg_spec args[] = {
	{ "PATH", WORD_PATH, .means = "a file in a union that lies in one of its lower layers" },
	{ 0 }
};

/* Which layer it lies in: only what is not in the writable one can be copied up. */
static int check_origin(const struct context *context, const struct words *words, const char *path,
			struct error *err)
{
	const char *inside = "";
	const struct mount *mount = layers_union(context->child->mounts, path, &inside);
	struct layers layers;
	struct stat st;

	if (!mount || !*inside) {
		fail_arg(err, ERR_UNION_ABSENT, words, 0, "%s: not a file in a union", vis(path));
		return fail_fix(err, "union A B C makes one; layers lists them");
	}
	if (layers_take(context->eyes, context->child, mount, &context->kept, &layers, err) < 0)
		return -1;
	int from = layers_stat(&layers, inside, &st), ret = 0;
	if (!layers.writable)
		ret = fail_arg(err, ERR_UNION_READ_ONLY, words, 0, "the union at %s has no writable layer to copy to", vis(mount->point));
	else if (from < 0)
		ret = fail_arg(err, ERR_PATH_ABSENT, words, 0, "there is no %s", vis(path));
	else if (!S_ISREG(st.st_mode))
		ret = fail_arg(err, ERR_PATH_KIND, words, 0, "%s: not a regular file", vis(path));
	else if (from == (int)layers.count - 1)
		ret = fail_arg(err, ERR_PATH_KIND, words, 0, "%s is in the writable layer already", vis(path));
	layers_done(&layers);
	return ret;
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const char *path = path_here(context, plan, words->args[0].s);

	if (refuse_shared(context, words, NS_MNT, _("writing to a union"), err) < 0 ||
	    check_origin(context, words, path, err) < 0)
		return -1;
	plan_add(plan, OP_copyup)->copyup.path = path;
	plan->changes = true;
	plan->show_origin = path;
	plan->same_as = arena_print(&plan->arena, ": >>%s", shell_word(plan, path));
	plan->meaning = _("Opened for writing, with nothing written: the file system first copied the whole file to the writable layer, with its owner, mode, times and attributes. The original below is unchanged, and now hidden by the copy.");
	return 0;
}

const struct command command_copyup = {
	.name = "copyup", .kind = BUILDS, .stage = STAGE_ROOT, .group = GROUP_WALLS,
	.summary = "open a file of a lower layer for writing, and see it copied up",
	.explain = "The layers below the writable one never change, so a file is copied up whole "
		"before its first byte is written: a line added to a file of a gigabyte costs a "
		"gigabyte, once. Opening for writing does this, and so do chmod(2), chown(2) and "
		"rename(2). The copy is another inode on another file system, although overlay "
		"keeps showing the old number where it can (xino). A process that had the file "
		"open for reading still reads the old one.\n\n"
		"copyup shows the time of the call, and the layer, inode and blocks before and "
		"after. diff distinguishes a copy from a change. This is why databases want a "
		"volume.",
	.example = "unshare user mnt\nunion /etc/skel /tmp/u\ncopyup /tmp/u/.profile\nlayers /tmp/u/.profile",
	.args = args, .build = build,
};
