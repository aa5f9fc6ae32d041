#include "shell/acts/image_look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "base/show/units.h"
#include "image/copies/copies.h"
#include "image/image.h"
#include "image/store.h"
#include "snapshot/union/written.h"
#include "words/language/command.h"

enum { ID_DIGITS = 12, DAY = sizeof("2026-01-31") - 1, MINUTE = sizeof("2026-01-31T12:00") - 1 };

/* The first digits, as docker shows them. */
static const char *short_id(const char *digest)
{
	const char *colon = strchr(digest, ':');

	return colon ? colon + 1 : digest;
}

/* Those that --userns has made where there are no idmapped mounts. */
static void tell_copies(const struct image *image, struct text *ret)
{
	char store[4000];
	struct error ignored;
	int count = 0, failed = store_path(store, sizeof(store), &ignored) < 0 ? ENOENT : 0;

	for (size_t i = 0; i < image->layer_count && !failed; i++) {
		int copies = layer_copies_count(store, image->layers[i].folder);
		failed = copies < 0 ? errno : 0;
		count += copies > 0 ? copies : 0;
	}
	if (failed)
		text_sayf(ret, "%s: copies of its layers cannot be counted: %s\n", vis(image->name), errno_name(failed));
	else if (count)
		text_addf(ret, message_of((size_t)count, "%s: %d copy of its layers with the ids of --userns\n",
					  "%s: %d copies of its layers with the ids of --userns\n"),
			  vis(image->name), count);
}

int image_look_list(const struct context *context, const struct words *words, struct text *ret,
		     struct error *err)
{
	static const char *const head[] = { N_("NAME"), N_("ID"), N_("CREATED"), N_("LAYERS"), N_("SIZE"), NULL };
	struct table table = { .columns = 5, .right = 1 << 3 | 1 << 4 };
	cleanup_text struct text copies = { 0 };
	struct image *list;
	size_t count, broken;
	struct error first = { 0 };
	char size[32];

	(void)words;
	if (image_list(&list, &count, &broken, &first) < 0) {
		*err = first;
		return -1;
	}
	if (store_is_lent())
		text_say(ret, "the store of this lesson, which goes with it:\n");
	if (!count && !broken)
		text_say(ret, "no images; image import FILE adds one to the store\n");
	if (count)
		table_head(&table, head);
	for (size_t i = 0; i < count; i++) {
		bytes_text(list[i].size, size, sizeof(size));
		table_add(&table, "%s", vis(list[i].name));
		table_add(&table, "%.*s", ID_DIGITS, short_id(list[i].id));
		table_add(&table, "%.*s", DAY, vis(list[i].created));
		table_add(&table, "%zu", list[i].layer_count);
		table_add(&table, "%s", size);
		tell_copies(&list[i], &copies);
		image_done(&list[i]);
	}
	free(list);
	table_print(&table, context->color, 0, context->columns, ret);
	text_add(ret, text_of(&copies));
	if (broken)
		text_sayf(ret, "%zu more that cannot be read: %s%s%s\n", broken, first.what,
			  *first.why ? ": " : "", first.why);
	return 0;
}

/* Deletions of nothing, which earlier versions took over from archives: overlay lists such a name, and
 * there is nothing. A name with a newline, and one that is not UTF-8, is told as it can be printed. */
static int find_ghosts(const struct image *image, enum overlay_dialect dialect, struct text *ret, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char **folders = arena_new(&arena, (image->layer_count + 1) * sizeof(*folders));

	for (size_t i = 0; i < image->layer_count; i++)
		folders[image->layer_count - 1 - i] = image->layers[i].folder;
	for (size_t i = image->layer_count; i-- > 0;) {
		struct layers layers;
		struct written written;
		layers_of(NULL, folders + i, dialect, &layers);
		layers.writable = true;
		int failed = written_take(&layers, &written, err);
		for (size_t n = 0; !failed && n < written.count; n++)
			if (written.list[n].how & WRITTEN_GHOST)
				text_addf(ret, "%s\n", vis(written.list[n].path));
		if (!failed)
			written_done(&written);
		layers_done(&layers);
		if (failed)
			return -1;
	}
	return 0;
}

int image_look_inspect(const struct context *context, const struct words *words,
			struct text *ret, struct error *err)
{
	cleanup_image struct image image = { 0 };
	cleanup_text struct text ghosts = { 0 };
	enum overlay_dialect dialect = overlay_dialect_to_be(context->facts, NULL, NULL);
	const char *manifest = words_flag(words, "--manifest"), *config = words_flag(words, "--config");

	cleanup_fd int held = image_find_held(words_arg(words, 1), &image, err);
	if (held < 0)
		return -1;
	if (manifest || config)
		return (manifest && image_blob(image.digest, ret, err) < 0) ||
		       (config && image_blob(image.id, ret, err) < 0) ? -1 : 0;
	if (find_ghosts(&image, dialect, &ghosts, err) < 0)
		return -1;
	image_inspect(&image, text_of(&ghosts), ret);
	return 0;
}

/* The newest first. Each row that is not empty has brought the next layer. */
int image_look_history(const struct context *context, const struct words *words,
			struct text *ret, struct error *err)
{
	static const char *const head[] = { N_("LAYER"), N_("CREATED"), N_("SIZE"), N_("BY"), NULL };
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
	/* What no history reports. */
	while (layer-- > 0) {
		bytes_text(image.layers[layer].size, size, sizeof(size));
		table_add(&table, "%.*s", ID_DIGITS, short_id(image.layers[layer].diff_id));
		table_add(&table, "-");
		table_add(&table, "%s", size);
		table_add(&table, "(not given)");
	}
	table_print(&table, context->color, 0, context->columns, ret);
	return 0;
}
