/* bindmount SRC DST: one folder in two places. */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/look.h"
#include "walls/walls.h"
#include "words/plans/plans.h"
#include "words/plans/container/container.h"
#include "words/plans/container/hidden.h"

static const struct flag_spec flags[] = {
	{ "--ro", 0, NULL, .means = "read-only at DST, by a second call: the first ignores the flag" },
	{ "--norec", 0, NULL, .means = "SRC alone, without what is mounted below it" },
	{ "--from-host", 0, NULL, .reach = REACH_HOST, .means = "SRC is a path on the host, even after "
								"a pivot" },
	ON_HOST_FLAG,
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "SRC", WORD_PATH, .means = "the folder or file to show at another path" },
	{ "DST", WORD_PATH, .means = "where; created if it is missing" },
	{ 0 }
};

/* A copy of the host's mount, taken by the shell and attached by the child. */
static int plan_from_host(const struct context *context, struct plan *plan, const char *src,
			  const char *dst, unsigned how, struct error *err)
{
	struct stat st;

	if (src[0] != '/')
		return fail_id(err, ERR_PATH_ABSOLUTE, 0, "bindmount: --from-host takes an absolute path, not %s", vis(src));
	if (eyes_stat(context->eyes, 0, src, false, &st) < 0)
		return fail_fix((fail_id(err, ERR_PATH_HOST_ABSENT, 0, "bindmount: there is no %s on the host", vis(src)), err),
				"!mkdir -p %s makes it", vis(src));
	if (!S_ISDIR(st.st_mode))
		return fail_id(err, ERR_PATH_KIND, 0, "bindmount: --from-host takes a folder, and %s is not one", vis(src));
	if (how & BIND_NOT_RECURSIVE)
		return fail_id(err, ERR_OPTION_CONFLICT, 0, "bindmount: --from-host copies SRC with all that is mounted below "
			       "it, so it takes no --norec");
	plan_mkdirs(context, plan, dst, PLAN_TAKE_BACK);
	plan_host_tree(context, plan, src, dst, how, false);
	/* The same for one without flags, which nobody gives to a layer. */
	if (!how)
		plan_propagation(plan, dst, MS_REC | MS_PRIVATE);
	return 0;
}

/* With mount(8), whose read-only is that of one mount as Debian 12 has it. */
static void plan_same(const struct context *context, struct plan *plan, const char *src, const char *dst, unsigned how, bool from_host)
{
	bool one = how & BIND_NOT_RECURSIVE;
	cleanup_text struct text text = { 0 };

	for (size_t i = 0; i < plan->count; i++) {
		enum op_kind kind = plan->ops[i].op.kind;
		if (kind != OP_mkdir && kind != OP_mknod)
			continue;
		op_shell(&plan->ops[i].op, &text);
		text_add(&text, " && ");
	}
	text_addf(&text, "mount --%sbind%s ", one ? "" : "r", how & BIND_READ_ONLY ? " -o ro" : "");
	text_add_sh(&text, src);
	text_add(&text, " ");
	text_add_sh(&text, dst);
	plan->same_as = arena_copy(&plan->arena, text_of(&text));
	if (from_host && wall_stands(WALL_ROOT, &(struct sides){ .child = context->child, .host = context->host }))
		plan->differs = _("the way to the host's tree from another root");
	else if ((how & BIND_READ_ONLY) && !one &&
		 has_mounts_below((from_host ? context->host : context->child)->mounts, src))
		plan->differs = _("read-only for the mounts below");
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	bool from_host = words_flag(words, "--from-host");
	const char *src = from_host ? arena_copy(&plan->arena, words->args[0].s) :
				      path_here(context, plan, words->args[0].s);
	const char *dst = path_here(context, plan, words->args[1].s);
	unsigned how = (words_flag(words, "--ro") ? BIND_READ_ONLY : 0) |
		       (words_flag(words, "--norec") ? BIND_NOT_RECURSIVE : 0);

	if (refuse_shared(context, words, NS_MNT, _("a mount"), err) < 0)
		return -1;
	bool root = strcmp(dst, "/") == 0;
	const char *hidden = root ? NULL : hidden_in_child(context, plan, dst);
	int ret = from_host ? plan_from_host(context, plan, src, dst, how, err) :
			      plan_bind(context, plan, src, dst, how, err);
	if (ret < 0)
		return -1;
	if (on_host(context, words, NS_MNT))
		for (size_t i = 0; i < plan->count; i++)
			if (plan->ops[i].op.kind == OP_mount && plan->ops[i].op.mount.source)
				plan->ops[i].flags |= PLAN_TAKE_BACK;
	plan_same(context, plan, src, dst, how, from_host);
	plan->changes = true;
	plan->twins[0] = from_host || root ? NULL : src;
	plan->twins[1] = root ? NULL : dst;
	plan->meaning = root ? mounted_on_root() : hidden ?
		arena_print(&plan->arena, _("%s is now another way into %s: the same inodes, no copy. "
			    "The old content of %s (%s) is hidden, not lost."), vis(dst), vis(src), vis(dst), hidden) :
		arena_print(&plan->arena, _("%s is now another way into %s: the same inodes, no copy."),
			    vis(dst), vis(src));
	return 0;
}

const struct command command_bindmount = {
	.name = "bindmount", .aliases = (const char *const[]){ "bind", NULL }, .kind = BUILDS, .stage = STAGE_FILLED,
	.group = GROUP_WALLS,
	.summary = "show a folder at a second path",
	.explain = "A bind mount attaches a folder or file, not a device, to another place. The "
		"kernel records a mount at the mount point, and path lookup crosses to the source "
		"there; the mount point's own entry is unchanged. Nothing is copied: both paths "
		"lead to the same inode. The old content of the mount point is hidden while the "
		"mount stands, and unharmed. docker run -v does this in the container's mount "
		"namespace, so the host does not see it.\n\n"
		"--ro needs a second call, because mount(2) ignores MS_RDONLY together with "
		"MS_BIND.",
	.example = "unshare user mnt\nbindmount /home /mnt\nbindmount /etc/hostname /tmp/name --ro",
	.flags = flags, .args = args, .build = build,
};
