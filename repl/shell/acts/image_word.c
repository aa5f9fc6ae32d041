/* image: what root file systems are made of. */
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/text.h"
#include "image/image.h"
#include "shell/acts/image_word.h"
#include "snapshot/cgroup/knobs.h"
#include "words/language/command.h"

/* Each word, its arguments and their number, and who shows it (NULL: the shell does it). */
#define VERBS(V)                                      \
	V(import, "FILE|DIR [NAME]", 1, 2, NULL)      \
	V(ls, "", 0, 0, look_list)                    \
	V(inspect, "NAME", 1, 1, look_inspect)        \
	V(history, "NAME", 1, 1, look_history)        \
	V(export, "NAME FILE", 2, 2, NULL)            \
	V(rm, "NAME", 1, 1, NULL)

enum { ID_DIGITS = 12, DAY = sizeof("2026-01-31") - 1, MINUTE = sizeof("2026-01-31T12:00") - 1 };

/* The first digits, as docker shows them. */
static const char *short_id(const char *digest)
{
	const char *colon = strchr(digest, ':');

	return colon ? colon + 1 : digest;
}

static int look_list(const struct context *context, const struct words *words, struct text *ret,
		     struct error *err)
{
	static const char *const head[] = { "NAME", "ID", "CREATED", "LAYERS", "SIZE", NULL };
	struct table table = { .columns = 5, .right = 1 << 3 | 1 << 4 };
	struct image *list;
	size_t count, broken;
	struct error first = { 0 };
	char size[32];

	(void)words;
	if (image_list(&list, &count, &broken, &first) < 0) {
		*err = first;
		return -1;
	}
	if (!count && !broken)
		text_add(ret, "no images; image import FILE brings one into the store\n");
	if (count)
		table_head(&table, head);
	for (size_t i = 0; i < count; i++) {
		bytes_text(list[i].size, size, sizeof(size));
		table_add(&table, "%s", vis(list[i].name));
		table_add(&table, "%.*s", ID_DIGITS, short_id(list[i].id));
		table_add(&table, "%.*s", DAY, vis(list[i].created));
		table_add(&table, "%zu", list[i].layer_count);
		table_add(&table, "%s", size);
		image_done(&list[i]);
	}
	free(list);
	table_print(&table, context->color, 0, context->columns, ret);
	if (broken)
		text_addf(ret, "%zu more that cannot be read: %s%s%s\n", broken, first.what,
			  *first.why ? ": " : "", first.why);
	return 0;
}

static int look_inspect(const struct context *context, const struct words *words,
			struct text *ret, struct error *err)
{
	cleanup_image struct image image = { 0 };

	(void)context;
	if (image_find(words_arg(words, 1), &image, err) < 0)
		return -1;
	image_inspect(&image, ret);
	return 0;
}

/* The newest first. Each row that is not empty has brought the next layer. */
static int look_history(const struct context *context, const struct words *words,
			struct text *ret, struct error *err)
{
	static const char *const head[] = { "LAYER", "CREATED", "SIZE", "BY", NULL };
	struct table table = { .columns = 4, .right = 1 << 2 };
	cleanup_image struct image image = { 0 };
	size_t layer;
	char size[32];

	if (image_find(words_arg(words, 1), &image, err) < 0)
		return -1;
	layer = image.layer_count;
	table_head(&table, head);
	for (size_t i = image.history_count; i-- > 0;) {
		const struct image_history *row = &image.history[i];
		bool has = !row->empty && layer > 0;
		if (has)
			layer--;
		bytes_text(has ? image.layers[layer].size : 0, size, sizeof(size));
		table_add(&table, "%.*s", ID_DIGITS, has ? short_id(image.layers[layer].diff_id) : "-");
		table_add(&table, "%.*s", MINUTE, vis(row->created));
		table_add(&table, "%s", has ? size : "-");
		table_add(&table, "%s%s%s", vis(row->created_by),
			  *row->comment ? "  # " : "", vis(row->comment));
	}
	/* What no history tells of. */
	while (layer-- > 0) {
		bytes_text(image.layers[layer].size, size, sizeof(size));
		table_add(&table, "%.*s", ID_DIGITS, short_id(image.layers[layer].diff_id));
		table_add(&table, "-");
		table_add(&table, "%s", size);
		table_add(&table, "(nothing is said)");
	}
	table_print(&table, context->color, 0, context->columns, ret);
	return 0;
}

static const struct verb {
	const char *name, *usage;
	size_t least, most;
	int (*look)(const struct context *context, const struct words *words, struct text *ret,
		    struct error *err);
} verbs[] = {
#define V(name, usage, least, most, look) { #name, usage, least, most, look },
	VERBS(V)
#undef V
};

static const char *const names[] = {
#define V(name, usage, least, most, look) #name,
	VERBS(V)
#undef V
	NULL
};

static const struct flag_spec flags[] = {
	{ "--ref", 0, "NAME", .means = "import: which image of an archive that holds several" },
	{ "--max-size", 0, "SIZE", .means = "import: what a layer, and all together, may have; 4G" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "WHAT", WORD_CHOICE, .choices = names, .means = "what to do" },
	{ "NAME", WORD_HOST_PATH, .optional = true, .many = true,
	  .means = "an image's name or the beginning of its id; import: a file or folder, and a name; export: a name, and a file" },
	{ 0 }
};

static const struct verb *verb_of(const struct words *words)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, words->args[0].s) == 0)
			return &verbs[i];
	return NULL;
}

int image_words(const struct words *words, struct error *err)
{
	const struct verb *verb = verb_of(words);
	size_t given = words->count - 1;

	if (given < verb->least)
		fail_arg(err, words, words->count, "%s of what?", verb->name);
	else if (given > verb->most)
		fail_arg(err, words, verb->most + 1, "%s takes %s", verb->name,
			 verb->most ? "no more than that" : "no more arguments");
	else if (words->flag_count && strcmp(verb->name, "import") != 0)
		fail_arg(err, words, 0, "%s goes with import", words->flags[0].spec->name);
	else
		return 0;
	return fail_fix(err, "usage: image %s%s%s", verb->name, *verb->usage ? " " : "", verb->usage);
}

static bool only_looks(const struct words *words)
{
	return verb_of(words)->look != NULL;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	if (image_words(words, err) < 0)
		return -1;
	return verb_of(words)->look(context, words, ret, err);
}

const struct command command_image = {
	.name = "image", .kind = ACTS, .group = GROUP_WALLS, .act = ACT_IMAGE,
	.summary = "piles of layers to make root file systems of",
	.explain =
		"An image is a pile of read-only layers and a config that says how it is run. Each layer is "
		"a tar of what it adds; what it deletes is in there as .wh.NAME, a folder that starts anew "
		"as .wh..wh..opq. image import unpacks each layer into a folder of the store, with "
		"deletions in the form that overlay has for them, so that union can lay them over each "
		"other. Layers are called by the digest of what is in them: two images that share some "
		"have them once.\n\n"
		"FILE is what docker save writes, an OCI image layout in a tar, or a tar of a root file "
		"system; with gzip, zstd, xz or nothing. DIR is an OCI image layout. Every digest and size "
		"is checked. image export writes an OCI image layout in a tar, with the same blobs as they came, so "
		"that its digests are the same; skopeo, umoci, podman and buildah read it. An archive may be hostile, so it is read by a program of its own, in namespaces "
		"of its own, which sees nothing but the archive and an empty folder.\n\n"
		"The store is $XDG_DATA_HOME/stave, or /var/lib/stave for root. An ordinary user cannot give "
		"files away: there all files of a layer are that user's own, who is root in the container; "
		"whose they were stays written down, and what is exported is as it came.",
	.example = "!tar -C /etc -cf /tmp/stave-demo.tar passwd\nimage import /tmp/stave-demo.tar demo\nimage history demo\nimage inspect demo\nimage export demo /tmp/stave-demo.oci\nimage rm demo\n!rm /tmp/stave-demo.tar /tmp/stave-demo.oci",
	.flags = flags, .args = args, .only_looks = only_looks, .look = look,
};
