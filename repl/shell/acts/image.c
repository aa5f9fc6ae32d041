/* image: what root file systems are made of. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/units.h"
#include "image/image.h"
#include "image/intake/import.h"
#include "image/intake/sweep.h"
#include "image/intake/verify.h"
#include "shell/given.h"
#include "shell/shell.h"
#include "shell/acts/image_look.h"
#include "shell/attend/drawing.h"
#include "words/language/command.h"

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
		return fail_id(err, ERR_OPTION_NUMBER, 0, "image: --max-size takes a number of bytes, "
			    "which may end in K, M, G or T, not %s", vis(s));
	*ret = number;
	return 0;
}

void image_tell_notes(const struct image_notes *notes, struct text *ret)
{
	const struct { uint64_t count; const char *what; } rows[] = {
		{ notes->owners, N_("files of other users, yours here, with their owners recorded: %llu") },
		{ notes->devices, N_("device nodes, which only root can make, and sockets left out: %llu") },
		{ notes->whiteouts, N_("character devices 0:0, which overlay takes for deletions, left out: "
				       "%llu") },
		{ notes->attributes, N_("extended attributes that may not come from an archive, or not to this "
					"user, left out: %llu") },
		{ notes->times, N_("times outside the file system's range, adjusted: %llu") },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].count)
{
			text_add(ret, "  ");
			text_sayf(ret, rows[i].what, (unsigned long long)rows[i].count);
			text_add(ret, "\n");
		}
	if (*notes->left_out)
		text_sayf(ret, "  left out, with what the layers below have there: %s\n", notes->left_out);
}

static void tell_made(const struct image_made *made, struct text *ret)
{
	size_t shared = made->layers - made->fresh;

	text_addf(ret, message_of(made->layers, "%s: %zu layer", "%s: %zu layers"), vis(made->name),
		  made->layers);
	if (shared)
		text_sayf(ret, ", %zu of them in the store already", shared);
	text_addf(ret, "%s\n", made->replaced ? _("; it replaces another image") : "");
	image_tell_notes(&made->notes, ret);
}

static int import(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
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
		text_sayf(ret, "%s would be read into the store\n", vis(source.path));
		return 0;
	}
	drawing_begin(&drawing, shell, &watch);
	int failed = image_import(&source, &watch, &made, err);
	drawing_end(&drawing);
	if (failed) {
		given_advise(source.path, false, err);
		return fail_wrap(err, "image import %s", vis(source.path));
	}
	tell_made(&made, ret);
	text_sayf(ret, "container --image %s runs it; image history %s shows how it was made\n",
		  vis(made.name), vis(made.name));
	return 0;
}

/* ---- export ---- */

static int export(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	const char *name = words_arg(words, 1), *path = words_arg(words, 2);
	struct drawing drawing;
	struct image_watch watch;
	uint64_t bytes;
	char size[32];

	if (shell->dry_run) {
		text_sayf(ret, "the image %s would be written to %s\n", vis(name), vis(path));
		return 0;
	}
	drawing_begin(&drawing, shell, &watch);
	int failed = image_export(name, path, &watch, &bytes, err);
	drawing_end(&drawing);
	if (failed) {
		given_advise(path, true, err);
		return fail_wrap(err, "image export %s", vis(name));
	}
	bytes_text(bytes, size, sizeof(size));
	text_sayf(ret, "%s: an OCI image layout in a tar, %s\n", vis(path), size);
	return 0;
}

/* ---- rm ---- */

static int remove_image(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	const char *name = words_arg(words, 1);
	struct swept swept;
	char size[32];

	if (shell->dry_run) {
		text_sayf(ret, "the image %s would be removed\n", vis(name));
		return 0;
	}
	if (image_remove(name, &swept, err) < 0)
		return fail_wrap(err, "image rm");
	bytes_text(swept.bytes, size, sizeof(size));
	if (swept.layers)
		text_addf(ret, message_of(swept.layers,
			  "%s is gone, and with it %zu layer that no other image has (%s of blobs)\n",
			  "%s is gone, and with it %zu layers that no other image has (%s of blobs)\n"),
			  vis(name), swept.layers, size);
	else
		text_sayf(ret, "%s is gone; no layer went with it\n", vis(name));
	if (swept.left)
		text_addf(ret, message_of(swept.left,
			  "%zu layer or blob could not be removed (%s): image verify removes it\n",
			  "%zu layers and blobs could not be removed (%s): image verify removes them\n"),
			  swept.left, errno_name(swept.code));
	if (swept.copies)
		text_addf(ret, message_of(swept.copies,
			  "%zu copy of these layers with the ids of --userns went, too\n",
			  "%zu copies of these layers with the ids of --userns went, too\n"), swept.copies);
	if (swept.damaged)
		text_addf(ret, message_of(swept.damaged,
			  "%zu record of other images cannot be read: layers that only it used stay; "
			  "image ls names it\n",
			  "%zu records of other images cannot be read: layers that only they used "
			  "stay; image ls names them\n"),
			  swept.damaged);
	return 0;
}

/* ---- verify ---- */

static void tell_verified(void *data, const char *name, size_t layers, const struct error *err)
{
	struct text *ret = data;

	if (err)
		text_sayf(ret, "%s: damaged: %s%s%s\n", vis(name), err->what, *err->why ? ": " : "", err->why);
	else
		text_addf(ret, message_of(layers, "%s: whole, %zu layer\n", "%s: whole, %zu layers\n"), vis(name), layers);
}

static void tell_mended(const struct verified *verified, struct text *ret)
{
	const struct swept *swept = &verified->swept;
	size_t gone = swept->layers + swept->blobs + verified->unfinished;

	if (gone)
		text_sayf(ret, "removed: %zu layers and %zu blobs that no image had, %zu unfinished works\n",
			  swept->layers, swept->blobs, verified->unfinished);
	if (swept->known)
		text_addf(ret, message_of(swept->known,
			  "removed: %zu record of a packed folder, which the next commit packs again\n",
			  "removed: %zu records of packed folders, which the next commit packs again\n"), swept->known);
	if (verified->unread)
		text_sayf(ret, "contents that this user may not read, and that were not compared: %zu files\n",
			  verified->unread);
	if (!verified->images)
		text_say(ret, "no images\n");
}

static int verify(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	const struct verify_told told = { ret, tell_verified };
	const char *name = words_arg(words, 1);
	struct drawing drawing;
	struct image_watch watch;
	struct verified verified;

	if (shell->dry_run) {
		text_say(ret, "each image would be read and compared with its digests\n");
		return 0;
	}
	drawing_begin(&drawing, shell, &watch);
	int failed = image_verify(name, &told, &watch, &verified, err);
	drawing_end(&drawing);
	if (failed)
		return fail_wrap(err, "image verify");
	tell_mended(&verified, ret);
	if (!verified.damaged && !verified.swept.left)
		return 0;
	if (verified.damaged) {
		fail_id(err, ERR_STORE_DAMAGED, 0, "%zu of %zu images are damaged", verified.damaged, verified.images);
		return fail_fix(err, "image rm each of them, then import or commit them again");
	}
	return fail(err, verified.swept.code, "remove what no image has: %zu layers and blobs", verified.swept.left);
}

/* ---- the words ---- */

static const struct arg_spec import_args[] = {
	{ "FILE|DIR", WORD_HOST_PATH, .means = "an archive or a folder" },
	{ "NAME", WORD_HOST_PATH, .optional = true, .means = "the image's name; by default the archive's" },
	{ 0 }
}, name_args[] = {
	{ "NAME", WORD_HOST_PATH, .offers = OFFERS_IMAGES, .means = "an image's name or the beginning of its id" },
	{ 0 }
}, verify_args[] = {
	{ "NAME", WORD_HOST_PATH, .optional = true, .offers = OFFERS_IMAGES, .means = "an image's name or the beginning of its "
										    "id; by default all images" },
	{ 0 }
}, export_args[] = {
	{ "NAME", WORD_HOST_PATH, .offers = OFFERS_IMAGES, .means = "an image's name or the beginning of its id" },
	{ "FILE", WORD_HOST_PATH, .means = "the archive to write" },
	{ 0 }
};

static const struct choice choices[] = {
	{ "import", "unpack an archive into the store", REACH_STORE, import_args, .act = import },
	{ "ls", N_("the images"), REACH_STORE, no_args, .look = image_look_list, .bare = true },
	{ "inspect", "what one is, as docker prints it", REACH_STORE, name_args, .look = image_look_inspect },
	{ "history", "how one was made", REACH_STORE, name_args, .look = image_look_history },
	{ "verify", "read them again: whether they are what was imported", REACH_STORE, verify_args, .act = verify },
	{ "export", "write one to an archive", REACH_HOST, export_args, .act = export },
	{ "rm", "remove one, with the layers that no other has", REACH_STORE, name_args, .act = remove_image },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--ref", 0, "NAME", .of = "import", .means = "which image of an archive with several, by name or digest" },
	{ "--platform", 0, "P", .of = "import", .means = "the image for OS/ARCHITECTURE[/VARIANT], not for this machine" },
	{ "--manifest", 0, NULL, .of = "inspect", .means = "its manifest alone, which names config and layers by their digests" },
	{ "--config", 0, NULL, .of = "inspect", .means = "its config alone: how it is run, and the digests of its layers, uncompressed" },
	{ "--max-size", 0, "SIZE", .of = "import", .means = "size limit for each layer, and for all "
							    "together; 4G by default" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "WHAT", WORD_CHOICE, .optional = true, .choices = choices },
	{ 0 }
};

static bool only_looks(const struct words *words)
{
	return words->choice->look != NULL;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	return words->choice->look(context, words, ret, err);
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return words->choice->act(shell, words, result);
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
		"image verify reads the blobs of an image, or of all, and unpacks each layer once more beside "
		"the one that is there: what has been changed, cut or deleted since is named, and the line fails. "
		"It removes what an import that was cut short has left. Manifests and configs are checked whenever they "
		"are read, and all blobs by image export; the files of layers only by image verify.\n\n"
		"The store is $XDG_DATA_HOME/stave, or /var/lib/stave for root. An ordinary user "
		"cannot give files to other users: all files of a layer then belong to that user, "
		"which is root in the container. The original owners are recorded, and an "
		"exported image has them.",
	.example = "!tar -C /etc -cf /tmp/stave-demo.tar passwd\nimage import /tmp/stave-demo.tar demo\nimage history demo\nimage inspect demo\nimage verify demo\nimage export demo /tmp/stave-demo.oci\nimage rm demo\n!rm /tmp/stave-demo.tar /tmp/stave-demo.oci",
	.flags = flags, .args = args, .only_looks = only_looks, .look = look,
};
