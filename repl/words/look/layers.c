/* layers [PATH]: what a union is made of, and which layer a name comes from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "snapshot/look.h"
#include "words/look/unions.h"

enum { MOST_PILES = 64, MOST_HIDDEN = 8 };

static const char *rights(const struct layer *layer)
{
	static const char *const names[] = {
		[LAYER_READ_ONLY] = "read-only", [LAYER_INIT] = "init", [LAYER_WRITABLE] = "writable",
	};

	return names[layer->kind];
}

static void add_rights(struct table *table, const struct layer *layer)
{
	table_add(table, "%s", rights(layer));
	if (layer->kind != LAYER_READ_ONLY)
		table_paint(table, layer->kind == LAYER_INIT ? PAINT_MISSING : PAINT_OWN);
}

/* ---- the stack ---- */

/* How the folders can be looked into, where that is not by their names in the child's own root. */
static void add_ways(const struct context *context, const struct layers *layers, struct text *ret)
{
	size_t ways[4] = { 0 };

	for (size_t i = 0; i < layers->count; i++)
		ways[layers->list[i].way]++;
	if (ways[LAYER_BY_SHELL])
		table_note("No path leads to the folders marked * any more: they are below the old root, "
			   "which the pivot left. Before it the child handed the shell a "
			   "descriptor, through which layers, diff and tree look into them.", 1,
			   context->columns, ret);
	if (ways[LAYER_BY_HOST])
		table_note("Those marked + are paths on the host, which this root does not show.", 1,
			   context->columns, ret);
	if (ways[LAYER_LOST])
		table_note("Those marked ? cannot be reached from here.", 1, context->columns, ret);
}

static void add_pile(const struct context *context, const struct mount *mount,
		     const struct layers *layers, struct text *ret)
{
	static const char *const head[] = { N_("BRANCH"), N_("RIGHTS"), N_("  FOLDER"), NULL };
	static const char marks[] = { [LAYER_LOST] = '?', [LAYER_BY_CHILD] = ' ',
				      [LAYER_BY_SHELL] = '*', [LAYER_BY_HOST] = '+' };
	struct table table = { .columns = 3, .right = 1 };

	text_sayf(ret, " union at %s (%s), the lowest first\n", vis(mount->point), mount->type);
	table_head(&table, head);
	for (size_t i = 0; i < layers->count; i++) {
		const struct layer *layer = &layers->list[i];
		table_add(&table, "%zu", i);
		add_rights(&table, layer);
		table_add(&table, "%c %s", marks[layer->way], vis(layer->folder));
	}
	table_print(&table, context->color, 1, context->columns, ret);
	add_ways(context, layers, ret);
}

static int look_pile(const struct context *context, const struct reading *reading,
		     const struct mount *mount, struct text *ret, struct error *err)
{
	struct layers layers;

	if (layers_take(context->eyes, reading, mount, &context->kept, &layers, err) < 0)
		return -1;
	add_pile(context, mount, &layers, ret);
	layers_done(&layers);
	return 0;
}

static int look_all(const struct context *context, const struct reading *reading, struct text *ret,
		    struct error *err)
{
	const struct mount *found[MOST_PILES];
	size_t count = unions_find(context, reading, found, MOST_PILES);

	if (!count)
		return union_meant(context, reading, err) ? 0 : -1;
	for (size_t i = 0; i < count && i < MOST_PILES; i++)
		if (look_pile(context, reading, found[i], ret, err) < 0)
			return -1;
	return 0;
}

/* ---- one name ---- */

static const char *kind_of(mode_t mode)
{
	return S_ISDIR(mode) ? "folder" : S_ISLNK(mode) ? "link" : S_ISREG(mode) ? "file" :
	       S_ISCHR(mode) || S_ISBLK(mode) ? "device" : S_ISFIFO(mode) ? "pipe" : "socket";
}

static void add_thing(const struct sight *sight, struct text *ret)
{
	const struct stat *st = &sight->st;

	text_addf(ret, "%s", kind_of(st->st_mode));
	if (S_ISREG(st->st_mode))
		text_sayf(ret, ", %lld bytes", (long long)st->st_size);
	text_sayf(ret, ", inode %llu", (unsigned long long)st->st_ino);
	if (sight->opaque)
		text_say(ret, ", opaque");
}

static void add_cover(const struct sight *sight, struct text *ret)
{
	static const char *const by_what[] = {
		[HIDDEN_BY_NONE] = "", [HIDDEN_BY_WHITEOUT] = N_("a whiteout"), [HIDDEN_BY_OPAQUE] = N_("an opaque folder"),
		[HIDDEN_BY_NAME] = N_("the same name"),
	};

	text_sayf(ret, "hidden by %s %sin branch %zu",
		  sight->above && sight->hidden_by == HIDDEN_BY_NAME ? _("a file that is not a folder") : _(by_what[sight->hidden_by]),
		  sight->above ? _("further up ") : "", sight->by);
}

static void add_sight(const struct sight *sight, struct table *table)
{
	cleanup_text struct text text = { 0 };

	switch (sight->kind) {
	case SIGHT_NOTHING:
		table_add(table, "-");
		return;
	case SIGHT_GIVES:
		text_say(&text, S_ISDIR(sight->st.st_mode) ? "is merged: " : "gives it: ");
		add_thing(sight, &text);
		break;
	case SIGHT_HIDES:
		text_say(&text, S_ISCHR(sight->st.st_mode) ?
			 "whiteout: character device 0:0" : "whiteout: attribute overlay.whiteout");
		break;
	case SIGHT_HIDDEN:
		if (sight->st.st_mode) {
			add_thing(sight, &text);
			text_add(&text, text_joint(&text));
		}
		add_cover(sight, &text);
		break;
	case SIGHT_UNREAD:
		text_sayf(&text, "cannot be read: %s", errno_name(sight->code));
		break;
	}
	table_add(table, "%s", text_of(&text));
	if (sight->kind != SIGHT_HIDDEN)
		table_paint(table, sight->kind == SIGHT_GIVES ? PAINT_OWN : PAINT_MISSING);
}

/* A layer that has nothing of the name is left out where there are many. */
static void add_sights(const struct context *context, const struct layers *layers,
		       const struct sight *sights, struct text *ret)
{
	struct table table = { .columns = 3, .right = 1 };
	size_t left_out = 0, given = 0, hidden = 0;

	for (size_t i = 0; i < layers->count; i++) {
		given += sights[i].kind == SIGHT_GIVES;
		if (sights[i].kind == SIGHT_NOTHING && layers->count > 12) {
			left_out++;
			continue;
		}
		hidden += sights[i].kind == SIGHT_HIDDEN;
		if (sights[i].kind == SIGHT_HIDDEN && hidden > MOST_HIDDEN)
			continue;
		table_add(&table, "%zu", i);
		add_rights(&table, &layers->list[i]);
		add_sight(&sights[i], &table);
	}
	table_print(&table, context->color, 1, context->columns, ret);
	if (hidden > MOST_HIDDEN)
		text_sayf(ret, " and %zu more in which it is hidden\n", hidden - MOST_HIDDEN);
	if (left_out)
		text_addf(ret, message_of(left_out, " and %zu that has nothing of that name\n",
				  " and %zu that have nothing of that name\n"), left_out);
	if (!given)
		text_say(ret, " so the union shows nothing of that name\n");
}

static int look_name(const struct context *context, const struct reading *reading,
		     const struct words *words, struct text *ret, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char *path = look_absolute(reading, words->args[0].s, &arena), *inside = "";
	const struct mount *mount = layers_union(reading->mounts, path, &inside);
	struct layers layers;

	if (!mount) {
		fail_arg(err, ERR_UNION_ABSENT, words, 0, "%s: not in a union", vis(path));
		return fail_fix(err, "layers without PATH lists the unions");
	}
	if (layers_take(context->eyes, reading, mount, &context->kept, &layers, err) < 0)
		return -1;
	if (*inside) {
		text_sayf(ret, " /%s in the union at %s, the lowest layer first\n", vis(inside),
			  vis(mount->point));
		add_sights(context, &layers, layers_look(&layers, inside, layers.count), ret);
	} else {
		add_pile(context, mount, &layers, ret);
	}
	layers_done(&layers);
	return 0;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject;

	if (union_subject(context, words, &subject, err) < 0)
		return -1;
	return words->count ? look_name(context, subject.reading, words, ret, err) :
			      look_all(context, subject.reading, ret, err);
}

static const struct flag_spec flags[] = { OF_FLAG, { 0 } };

static const struct arg_spec args[] = {
	{ "PATH", WORD_PATH, .optional = true, .means = "a name in a union, or the place of one" },
	{ 0 }
};

const struct command command_layers = {
	.name = "layers", .kind = LOOKS, .group = GROUP_LOOKING,
	.summary = "the layers of a union, and which of them a file comes from",
	.explain = "Lists the folders that a union lays over each other, the lowest first: "
		"read-only ones; in a container the init layer with its own /etc/hosts, hostname "
		"and resolv.conf; and the writable one. Branch 0 is the lowest. (aufs counted the "
		"other way in /sys/fs/aufs/si_*/br*, from the topmost, writable branch.) Overlay "
		"names the folders in mountinfo: lowerdir, the topmost first, and upperdir.\n\n"
		"With PATH it shows what each layer has of that name: which layer provides it, "
		"which layers it hides, and by what: a whiteout, an opaque folder, or a file of "
		"the same name. Folders are merged.",
	.example = "unshare user mnt\nunion /etc/default /etc/skel /tmp/both\nlayers\nlayers /tmp/both/.profile",
	.flags = flags, .args = args, .look = look,
};
