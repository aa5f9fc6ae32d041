/* image: what root file systems are made of. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "base/units.h"
#include "image/image.h"
#include "image/import.h"
#include "image/sweep.h"
#include "shell/shell.h"
#include "shell/acts/image_look.h"
#include "shell/attend/drawing.h"
#include "words/language/command.h"

/* Each word, its arguments and their number, and what shows it (NULL: the shell does it). */
#define VERBS(V)                                      \
	V(import, "FILE|DIR [NAME]", 1, 2, NULL)      \
	V(ls, "", 0, 0, image_look_list)                    \
	V(inspect, "NAME", 1, 1, image_look_inspect)        \
	V(history, "NAME", 1, 1, image_look_history)        \
	V(export, "NAME FILE", 2, 2, NULL)            \
	V(rm, "NAME", 1, 1, NULL)

#define LIMIT (UINT64_C(4) << 30)

/* ---- import ---- */

static int read_size(const struct words *words, uint64_t *ret, struct error *err)
{
	const char *s = words_flag(words, "--max-size");
	uint64_t number = 0;

	*ret = LIMIT;
	if (!s)
		return 0;
	if (!parse_size(s, &number) || number == 0 || number > UINT64_C(1) << 50)
		return fail_id(err, ERR_OPTION_NUMBER, 0, "image: --max-size takes bytes, perhaps with K, M, G or T behind "
			    "them, not %s", vis(s));
	*ret = number;
	return 0;
}

void image_tell_notes(const struct image_notes *notes, struct text *ret)
{
	const struct { uint64_t count; const char *what; } rows[] = {
		{ notes->owners, "belong to other users: here they are yours, and their owners are recorded" },
		{ notes->devices, "are device nodes, which only root can make, or sockets: left out" },
		{ notes->whiteouts, "are character devices 0:0, which overlay takes for deletions: left "
				    "out" },
		{ notes->attributes, "extended attributes may not come from an archive, or not to this "
				     "user: left out" },
		{ notes->times, "times are out of the range of a file: adjusted" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].count)
			text_addf(ret, "  %llu %s\n", (unsigned long long)rows[i].count, rows[i].what);
	if (*notes->left_out)
		text_addf(ret, "  left out, with what the layers below have there: %s\n", notes->left_out);
}

static void tell_made(const struct image_made *made, struct text *ret)
{
	size_t shared = made->layers - made->fresh;

	text_addf(ret, "%s: %zu layer%s", vis(made->name), made->layers,
		  made->layers == 1 ? "" : "s");
	if (shared)
		text_addf(ret, ", %zu of them in the store already", shared);
	text_addf(ret, "%s\n", made->replaced ? "; it replaces another image" : "");
	image_tell_notes(&made->notes, ret);
}

static int import(struct shell *shell, const struct words *words, struct text *ret,
		  struct error *err)
{
	struct image_source source = {
		.path = words_arg(words, 1), .name = words_arg(words, 2),
		.ref = words_flag(words, "--ref"), .platform = words_flag(words, "--platform"),
	};
	struct drawing drawing;
	struct image_watch watch;
	struct image_made made;

	if (read_size(words, &source.most, err) < 0)
		return -1;
	if (shell->dry_run) {
		text_addf(ret, "%s would be read into the store\n", vis(source.path));
		return 0;
	}
	drawing_begin(&drawing, shell, &watch);
	int failed = image_import(&source, &watch, &made, err);
	drawing_end(&drawing);
	if (failed)
		return fail_wrap(err, "image import %s", vis(source.path));
	tell_made(&made, ret);
	text_addf(ret, "container --image %s runs it; image history %s shows how it was made\n",
		  vis(made.name), vis(made.name));
	return 0;
}

/* ---- export ---- */

static int export(struct shell *shell, const struct words *words, struct text *ret,
		  struct error *err)
{
	const char *name = words_arg(words, 1), *path = words_arg(words, 2);
	struct drawing drawing;
	struct image_watch watch;
	uint64_t bytes;
	char size[32];

	if (shell->dry_run) {
		text_addf(ret, "the image %s would be written to %s\n", vis(name), vis(path));
		return 0;
	}
	drawing_begin(&drawing, shell, &watch);
	int failed = image_export(name, path, &watch, &bytes, err);
	drawing_end(&drawing);
	if (failed)
		return fail_wrap(err, "image export %s", vis(name));
	bytes_text(bytes, size, sizeof(size));
	text_addf(ret, "%s: an OCI image layout in a tar, %s\n", vis(path), size);
	return 0;
}

/* ---- rm ---- */

static int remove_image(struct shell *shell, const struct words *words, struct text *ret,
			struct error *err)
{
	const char *name = words_arg(words, 1);
	struct swept swept;
	char size[32];

	if (shell->dry_run) {
		text_addf(ret, "the image %s would be removed\n", vis(name));
		return 0;
	}
	if (image_remove(name, &swept, err) < 0)
		return fail_wrap(err, "image rm");
	bytes_text(swept.bytes, size, sizeof(size));
	if (swept.layers)
		text_addf(ret, "%s is gone, and with it %zu layer%s that no other image has (%s of blobs)\n",
			  vis(name), swept.layers, swept.layers == 1 ? "" : "s", size);
	else
		text_addf(ret, "%s is gone; no layer went with it\n", vis(name));
	if (swept.damaged)
		text_addf(ret, "%zu record%s of other images cannot be read: what only those had stays; image ls "
			  "names them\n", swept.damaged, swept.damaged == 1 ? "" : "s");
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
	{ "--ref", 0, "NAME", .means = "import: which image of an archive with several, by name or digest" },
	{ "--platform", 0, "P", .means = "import: the image for OS/ARCHITECTURE[/VARIANT], not for this machine" },
	{ "--max-size", 0, "SIZE", .means = "import: the most that a layer, and all together, may have; 4G by default" },
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
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (strcmp(verbs[i].name, words->args[0].s) == 0)
			return &verbs[i];
	return NULL;
}

static int check_words(const struct words *words, struct error *err)
{
	const struct verb *verb = verb_of(words);
	size_t given = words->count - 1;

	if (given < verb->least)
		fail_arg(err, ERR_ARGUMENT_MISSING, words, words->count, "%s: no name given", verb->name);
	else if (given > verb->most)
		fail_arg(err, ERR_ARGUMENT_MANY, words, verb->most + 1, "%s takes %s", verb->name,
			 verb->most ? "no more than that" : "no more arguments");
	else if (words->flag_count && strcmp(verb->name, "import") != 0)
		fail_arg(err, ERR_OPTION_CONFLICT, words, 0, "%s belongs to import", words->flags[0].spec->name);
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
	if (check_words(words, err) < 0)
		return -1;
	return verb_of(words)->look(context, words, ret, err);
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	static const struct {
		const char *name;
		int (*act)(struct shell *shell, const struct words *words, struct text *ret,
			   struct error *err);
	} acts[] = { { "import", import }, { "export", export }, { "rm", remove_image } };

	if (check_words(words, &result->error) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(acts); i++)
		if (strcmp(acts[i].name, words_arg(words, 0)) == 0)
			return acts[i].act(shell, words, &result->output, &result->error);
	return fail(&result->error, ENOSYS, "image");
}

const struct command command_image = {
	.name = "image", .kind = ACTS, .group = GROUP_WALLS, .act = act, .reach = REACH_STORE,
	.summary = "stacks of layers to make root file systems from",
	.explain = "An image is a stack of read-only layers and a config that says how to run it. "
		"Each layer is a tar of what it adds; .wh.NAME stands for a deletion, "
		".wh..wh..opq for a folder that starts empty. image import unpacks each layer "
		"into a folder of the store, with deletions in overlay's form, so that union can "
		"lay them over each other. Layers are named by the digest of their content: "
		"images with the same layers share them.\n\n"
		"FILE is what docker save writes, an OCI image layout in a tar, or a tar of a "
		"root file system; compressed with gzip, zstd, xz or not at all. DIR is an OCI "
		"image layout, or what skopeo writes as dir:. Every digest and size is checked. image export writes an OCI image "
		"layout in a tar, with the blobs as they came, so that the digests stay the same; "
		"skopeo, umoci, podman and buildah read it. An archive may be hostile, so a "
		"separate program reads it, in namespaces of its own, which sees only the archive "
		"and an empty folder.\n\n"
		"The store is $XDG_DATA_HOME/stave, or /var/lib/stave for root. An ordinary user "
		"cannot give files to other users: all files of a layer then belong to that user, "
		"which is root in the container. The original owners are recorded, and an "
		"exported image has them.",
	.example = "!tar -C /etc -cf /tmp/stave-demo.tar passwd\nimage import /tmp/stave-demo.tar demo\nimage history demo\nimage inspect demo\nimage export demo /tmp/stave-demo.oci\nimage rm demo\n!rm /tmp/stave-demo.tar /tmp/stave-demo.oci",
	.flags = flags, .args = args, .only_looks = only_looks, .look = look,
};
