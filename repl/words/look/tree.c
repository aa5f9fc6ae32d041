/* tree: a folder of the child's as a tree, with what hides other things marked. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/paint.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"
#include "snapshot/union/tree.h"
#include "words/language/command.h"
#include "words/look/branch.h"

enum { MOST_ENTRIES = 400, MOST_DEPTH = 64 };

/* What the drawing knows on its way down: for each depth whether its line goes on, and how many
 * entries its folder leaves out. */
struct drawing {
	const struct context *context;
	const char *names[MOST_DEPTH + 2]; /* on the way down, the top's first */
	struct layers layers;              /* of the union that was met last */
	const struct mount *mount;         /* it; NULL before the first */
	bool open[MOST_DEPTH + 2];
	size_t left_out[MOST_DEPTH + 2];
	struct text *ret;
};

static void add_indent(const struct drawing *drawing, int depth)
{
	text_add(drawing->ret, " ");
	for (int d = 1; d < depth; d++)
		branch_passes(drawing->ret, drawing->context->utf8, drawing->open[d]);
}

/* "and 12 more" at the end of each folder that the drawing leaves on its way to depth. */
static void close_folders(struct drawing *drawing, int from, int depth)
{
	for (int d = from; d >= depth; d--) {
		if (drawing->left_out[d] == 0)
			continue;
		add_indent(drawing, d + 1);
		branch_leads(drawing->ret, drawing->context->utf8, true);
		text_sayf(drawing->ret, "and %zu more\n", drawing->left_out[d]);
		drawing->left_out[d] = 0;
	}
}

static void add_mark(const struct tree_entry *entry, struct text *ret)
{
	switch (entry->mark) {
	case TREE_PLAIN:
		break;
	case TREE_WHITEOUT:
		text_say(ret, S_ISCHR(entry->mode) ?
			 "  whiteout (character device 0:0): hides it in the layers below" :
			 "  whiteout (xattr overlay.whiteout): hides it in the layers below");
		break;
	case TREE_WH_FILE:
		text_sayf(ret, "  whiteout as aufs and archives write it: hides %s",
			  vis(entry->name + strlen(".wh.")));
		break;
	case TREE_OPAQUE:
		text_say(ret, "  opaque (xattr overlay.opaque=y): hides all of it in the layers below");
		break;
	case TREE_WH_OPAQUE:
		text_say(ret, "  opaque as aufs and archives write it: hides the folder below");
		break;
	case TREE_KERNEL:
		text_say(ret, "  made by the kernel, not listed");
		break;
	case TREE_UNREAD:
		text_sayf(ret, "  cannot be read: %s", errno_name(entry->code));
		break;
	}
}

static void add_name(struct drawing *drawing, const struct tree_entry *entry)
{
	bool folder = S_ISDIR(entry->mode);

	if (folder)
		paint(drawing->ret, drawing->context->color, PAINT_NAME, vis(entry->name));
	else
		text_add(drawing->ret, vis(entry->name));
	if (folder && strcmp(entry->name, "/") != 0)
		text_add(drawing->ret, "/");
	if (entry->target)
		text_addf(drawing->ret, " -> %s", vis(entry->target));
	if ((S_ISCHR(entry->mode) || S_ISBLK(entry->mode)) && entry->mark == TREE_PLAIN)
		text_sayf(drawing->ret, "  %s device %u:%u",
			  S_ISCHR(entry->mode) ? _("character") : _("block"), major(entry->device),
			  minor(entry->device));
	if (entry->mount && entry->depth > 0)
		text_say(drawing->ret, "  mounted here");
}

/* In a union: which layers give the entry, and which others have something of that name. A folder
 * of its bottom layer alone is what one expects. */
static void add_branch(struct drawing *drawing, const struct tree_entry *entry)
{
	const struct context *context = drawing->context;
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text told = { 0 };
	const char *path = drawing->names[0], *inside = "";
	struct error ignored;

	drawing->names[entry->depth] = entry->name;
	for (int depth = 1; depth <= entry->depth; depth++)
		path = path_join(&arena, path, drawing->names[depth]);
	const struct mount *mount = layers_union(context->child->mounts, path, &inside);
	if (!mount || !*inside)
		return;
	if (mount != drawing->mount) {
		layers_done(&drawing->layers);
		drawing->mount = mount;
		if (layers_take(context->eyes, context->child, mount, &context->kept, &drawing->layers, &ignored) < 0)
			return;
	}
	struct layers *layers = &drawing->layers;
	layers_tell(layers, layers_look(layers, inside, layers->count), &told);
	if (!told.len)
		return;
	text_add(drawing->ret, "  ");
	paint(drawing->ret, context->color, PAINT_DIM, told.s);
}

static void draw(struct drawing *drawing, const struct tree *tree)
{
	cleanup_text struct text mark = { 0 };
	int before = 0;

	for (size_t i = 0; i < tree->count; i++) {
		const struct tree_entry *entry = &tree->list[i];
		close_folders(drawing, before, entry->depth);
		add_indent(drawing, entry->depth);
		if (entry->depth > 0)
			branch_leads(drawing->ret, drawing->context->utf8, entry->last);
		add_name(drawing, entry);
		add_branch(drawing, entry);
		text_clear(&mark);
		add_mark(entry, &mark);
		paint(drawing->ret, drawing->context->color && mark.len, PAINT_MISSING, text_of(&mark));
		text_add(drawing->ret, "\n");
		drawing->open[entry->depth] = !entry->last;
		drawing->left_out[entry->depth] = entry->left_out;
		before = entry->depth;
	}
	close_folders(drawing, before, 0);
}

static int find_depth(const struct words *words, uint64_t *ret, struct error *err)
{
	const char *depth = words_flag(words, "--depth");

	*ret = MOST_DEPTH;
	if (!depth || (parse_number(depth, ret) && *ret >= 1 && *ret <= MOST_DEPTH))
		return 0;
	fail_id(err, ERR_OPTION_NUMBER, 0, "--depth takes a number from 1 to %d, not %s", MOST_DEPTH, vis(depth));
	err->column = words->name.column;
	return -1;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct drawing drawing = { .context = context, .ret = ret };
	struct tree tree;
	uint64_t depth;

	if (find_depth(words, &depth, err) < 0)
		return -1;
	const char *word = words_arg(words, 0);
	const char *path = look_absolute(context->child, word ? word : ".", &arena);
	pid_t pid = context->pid ? context->pid : getpid();
	enum overlay_dialect dialect = overlay_dialect_to_be(context->facts, context->child, context->host);
	const struct tree_limits limits = { (unsigned)depth, MOST_ENTRIES, dialect };
	if (tree_take(pid, path, &limits, &tree, err) < 0) {
		err->column = words->count ? words->args[0].column : words->name.column;
		if (err->code == ENOENT)
			fail_why(err, "the child has no %s: paths begin at its own root", vis(path));
		return -1;
	}
	drawing.names[0] = path;
	draw(&drawing, &tree);
	layers_done(&drawing.layers);
	tree_done(&tree);
	return 0;
}

static const struct flag_spec flags[] = {
	{ "--depth", 'd', "N", WORD_NUMBER, .means = "list at most N folders deep" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "DIR", WORD_PATH, .optional = true,
	  .means = "a folder as the child sees it; without it, its working directory" },
	{ 0 }
};

const struct command command_tree = {
	.name = "tree",
	.kind = LOOKS,
	.group = GROUP_LOOKING,
	.summary = "a folder as the child sees it, with whiteouts and opaque folders marked",
	.explain = "Lists a folder and what is below it, through the child's root and mounts, "
		"without running a program in the child. In a union it shows which layer provides "
		"each name, by the numbers of layers, and which other layers have it too.\n\n"
		"To see how a deletion is stored, look into the writable layer of a union. "
		"Overlay writes a character device 0:0 with the name of the deleted file; a "
		"folder that was deleted and made again has the xattr overlay.opaque=y. The union "
		"itself shows neither. Archives of layers and aufs write .wh.NAME and "
		".wh..wh..opq instead, which overlay treats as ordinary files.\n\n"
		"proc, sysfs and cgroup file systems are named but not listed. After 400 entries "
		"the rest is only counted.",
	.example = "tree --depth 1 /\ntree /dev",
	.flags = flags,
	.args = args,
	.look = look,
};
