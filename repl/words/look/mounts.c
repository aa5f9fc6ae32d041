/* mounts: the mount table in columns, or as a tree. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/table.h"
#include "snapshot/snapshot.h"
#include "words/language/command.h"
#include "words/look/kinship.h"
#include "words/look/branch.h"
#include "words/look/mark.h"
#include "words/look/subject.h"

enum { MOST_DEPTH = 16 };

/* Parents and children by place in the table; its count stands for none. */
struct node {
	size_t child, sibling;
	int depth;
	bool last;
};

struct forest {
	const struct mounts *mounts;
	bool utf8;
	struct node *nodes;
	size_t *order; /* places in the order of the tree */
	size_t count;
};

static size_t place_of(const struct mounts *mounts, int id)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->list[i].id == id)
			return i;
	return mounts->count;
}

static void link_all(struct forest *forest)
{
	const struct mounts *mounts = forest->mounts;
	size_t none = mounts->count;

	for (size_t i = 0; i <= none; i++)
		forest->nodes[i] = (struct node){ none, none, 0, false };
	for (size_t i = none; i-- > 0;) {
		size_t parent = place_of(mounts, mounts->list[i].parent);
		struct node *above = &forest->nodes[parent == i ? none : parent];
		forest->nodes[i].last = above->child == none;
		forest->nodes[i].sibling = above->child;
		above->child = i;
	}
}

/* List the tree without recursion: a stack of mounts may be as deep as the table is long. */
static void walk(struct forest *forest)
{
	size_t none = forest->mounts->count, depth = 0, at = forest->nodes[none].child;
	size_t *stack = calloc(none + 1, sizeof(*stack));

	if (!stack)
		out_of_memory();
	while (at < none && forest->count < none) {
		forest->order[forest->count++] = at;
		forest->nodes[at].depth = (int)depth;
		stack[depth] = at;
		if (forest->nodes[at].child < none) {
			at = forest->nodes[at].child;
			depth++;
			continue;
		}
		while (depth > 0 && forest->nodes[stack[depth]].sibling >= none)
			depth--;
		at = forest->nodes[stack[depth]].sibling;
	}
	free(stack);
}

static void plant(const struct mounts *mounts, bool tree, struct forest *ret)
{
	*ret = (struct forest){ .mounts = mounts };
	ret->nodes = calloc(mounts->count + 1, sizeof(*ret->nodes));
	ret->order = calloc(mounts->count + 1, sizeof(*ret->order));
	if (!ret->nodes || !ret->order)
		out_of_memory();
	if (tree) {
		link_all(ret);
		walk(ret);
		return;
	}
	for (ret->count = 0; ret->count < mounts->count; ret->count++)
		ret->order[ret->count] = ret->count;
}

/* open[d] says whether the line at depth d goes on below. */
static void add_branches(const struct node *node, bool utf8, bool *open, struct text *ret)
{
	int depth = node->depth < MOST_DEPTH ? node->depth : MOST_DEPTH;

	for (int d = 1; d < depth; d++)
		branch_passes(ret, utf8, open[d]);
	if (depth > 0) {
		branch_leads(ret, utf8, node->last);
		open[depth] = !node->last;
	}
}

/* The mount point; in a tree the part of it below the mount that it lies on. */
static const char *label(const struct forest *forest, size_t place)
{
	const struct mount *mount = &forest->mounts->list[place];
	size_t above = forest->nodes[place].depth > 0 ? place_of(forest->mounts, mount->parent) :
							forest->mounts->count;

	if (above == forest->mounts->count)
		return mount->point;
	const char *inside = path_inside(forest->mounts->list[above].point, mount->point);
	return inside && inside[0] ? inside : mount->point;
}

/* In a tree, before the mount point. */
static const char kin_signs[] = { [KIN_OWN] = '#', [KIN_SHARED] = '=', [KIN_HIDDEN] = '.' };

/* The source, with the folder of it that is mounted where that is not its top. */
static void add_source(const struct mount *mount, struct table *table)
{
	if (strcmp(mount->root, "/") == 0)
		table_add(table, "%s", mount->source[0] ? vis(mount->source) : "-");
	else
		table_add(table, "%s[%s]", vis(mount->source), vis(mount->root));
}

static void add_row(const struct forest *forest, size_t place, enum mark mark, char kin, bool *open,
		    struct table *table)
{
	static const enum paint colors[] = {
		[MARK_NEW] = PAINT_ADDED, [MARK_CHANGED] = PAINT_CHANGED, [MARK_GONE] = PAINT_REMOVED,
	};
	const struct mount *mount = &forest->mounts->list[place];
	cleanup_text struct text point = { 0 };

	text_addf(&point, "%c%c", mark == MARK_NEW ? '+' : mark == MARK_CHANGED ? '~' : ' ', kin);
	add_branches(&forest->nodes[place], forest->utf8, open, &point);
	const char *seen = label(forest, place);
	text_add_visible(&point, seen, strlen(seen));
	table_add(table, "%s", text_of(&point));
	if (mark != MARK_NONE)
		table_paint(table, colors[mark]);
	else if (kin == kin_signs[KIN_HIDDEN])
		table_paint(table, PAINT_DIM);
	table_add(table, "%s", vis(mount->type));
	add_source(mount, table);
	table_add(table, "%s %s", mount->propagation, vis(mount->options));
}

static void print(const struct context *context, const struct reading *reading, bool tree,
		  const struct marks *marks, struct text *ret)
{
	const struct mounts *mounts = reading->mounts;
	static const char *const head[] = {
		N_("  MOUNT POINT"), N_("TYPE"), N_("SOURCE"), N_("PROPAGATION, OPTIONS"), NULL
	};
	/* So that a usual row of a usual machine fits 80 columns. */
	static const size_t most[] = { 29, 10, 16 };
	struct table table = { .columns = 4, .most = context->columns > 110 ? NULL : most };
	struct forest forest;
	bool open[MOST_DEPTH + 1] = { false };

	enum kinship *kin = tree ? kinships_find(reading, context->host) : NULL;
	plant(mounts, tree, &forest);
	forest.utf8 = context->utf8;
	table_head(&table, head);
	for (size_t i = 0; i < forest.count; i++)
		add_row(&forest, forest.order[i], marks->of[forest.order[i]], !tree ? ' ' :
			kin_signs[kin[forest.order[i]]], open, &table);
	table_print(&table, context->color, 0, context->columns, ret);
	free(kin);
	free(forest.nodes);
	free(forest.order);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject = { 0 };
	struct marks marks;

	if (subject_find(context, words_flag(words, "--pid"), words->name.column, &subject, err) < 0)
		return -1;
	const struct mounts *mounts = subject.reading->mounts;
	if (!mounts)
		return subject_refused(context, subject.reading, EACCES, "mountinfo", err);
	bool tree = words_flag(words, "--tree") != NULL;
	subject_title(context, &subject, ret);
	marks_find(context, subject.reading, &marks);
	print(context, subject.reading, tree, &marks, ret);
	bool marked = marks.gone_count > 0;
	for (size_t i = 0; i < mounts->count; i++)
		marked = marked || marks.of[i] != MARK_NONE;
	for (size_t i = 0; i < marks.gone_count; i++)
		text_addf(ret, "- %s  %s\n", vis(marks.gone[i]->point), vis(marks.gone[i]->type));
	if (tree)
		table_note("# its own, = shared with the host, . hidden by another mount", 1, context->columns, ret);
	mark_legend(marked, ret);
	marks_done(&marks);
	return 0;
}

static const struct flag_spec flags[] = {
	{ "--tree", 't', .means = "as a tree: what is mounted on what" },
	{ "--pid", 'p', "PID", WORD_PID,
	  .means = "of this process, or of the host, instead of the child" },
	{ 0 }
};

const struct command command_mounts = {
	.name = "mounts",
	.kind = LOOKS,
	.group = GROUP_LOOKING,
	.summary = "the child's mounts in columns, or as a tree with --tree",
	.explain = "Shows the table of mountinfo in columns. SOURCE[FOLDER] is a bind mount: that "
		"folder of the file system, not its top. PROPAGATION says what happens to mounts "
		"made below: shared sends them to its peers and receives theirs, slave only "
		"receives, private does neither, and unbindable is private and cannot be bind "
		"mounted.\n\n"
		"The tree follows the parent numbers: each mount is below the mount that holds "
		"its mount point, and only the rest of its path is shown. Two mounts at one point "
		"form a stack, and the lower one is hidden. The sign before each says whose it is: # "
		"its own, = shared with the host (the two are peers, or one receives what the other "
		"mounts), . hidden: no path leads there. mount_namespaces(7).",
	.example = "mounts\nunshare mnt\nmount tmpfs /mnt\nmounts --tree",
	.flags = flags,
	.look = look,
};
