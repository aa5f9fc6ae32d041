/* image import, export, rm: images come into the store and go, which is no business of any child. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "image/import.h"
#include "shell/shell.h"
#include "shell/acts/acts.h"
#include "shell/acts/image_word.h"
#include "shell/attend/drawing.h"
#include "snapshot/cgroup/knobs.h"
#include "words/language/command.h"

#define LIMIT (UINT64_C(4) << 30)

/* ---- import ---- */

static int read_size(const struct words *words, uint64_t *ret, struct error *err)
{
	static const char units[] = "KMGT";
	const char *s = words_flag(words, "--max-size");
	uint64_t number;
	char digits[24];

	*ret = LIMIT;
	if (!s)
		return 0;
	size_t length = strspn(s, "0123456789");
	const char *unit = s[length] ? strchr(units, s[length] & ~0x20) : NULL;
	snprintf(digits, sizeof(digits), "%.*s", (int)length, s);
	bool good = length && length < 16 && (!s[length] || (unit && !s[length + 1])) &&
		    parse_number(digits, &number);
	for (const char *at = units; good && unit && at <= unit; at++)
		number *= number < UINT64_C(1) << 50 ? 1024 : 1;
	if (!good || number == 0 || number > UINT64_C(1) << 50)
		return fail(err, 0, "image: --max-size takes bytes, perhaps with K, M, G or T behind "
			    "them, not %s", vis(s));
	*ret = number;
	return 0;
}

void image_tell_notes(const struct image_notes *notes, struct text *ret)
{
	const struct { uint64_t count; const char *what; } rows[] = {
		{ notes->owners, "belong to other users: here they are yours, and their owners written "
				 "down beside" },
		{ notes->devices, "are device nodes, which only root can make: left out" },
		{ notes->whiteouts, "are character devices 0:0, which overlay takes for deletions: left "
				    "out" },
		{ notes->attributes, "extended attributes are not for an archive to give, or not for this "
				     "user: left out" },
		{ notes->times, "times are beyond what a file can have: moved into it" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].count)
			text_addf(ret, "  %llu %s\n", (unsigned long long)rows[i].count, rows[i].what);
}

static void tell_made(const struct image_made *made, struct text *ret)
{
	size_t shared = made->layers - made->fresh;

	text_addf(ret, "%s: %zu layer%s", vis(made->name), made->layers,
		  made->layers == 1 ? "" : "s");
	if (shared)
		text_addf(ret, ", %zu of them in the store already", shared);
	text_addf(ret, "%s\n", made->replaced ? "; it takes the place of another image" : "");
	image_tell_notes(&made->notes, ret);
}

static int import(struct shell *shell, const struct words *words, struct text *ret,
		  struct error *err)
{
	struct image_source source = {
		.path = words_arg(words, 1), .name = words_arg(words, 2),
		.ref = words_flag(words, "--ref"),
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
	text_addf(ret, "container --image %s runs it; image history %s tells how it was made\n",
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
	size_t layers;
	uint64_t freed;
	char size[32];

	if (shell->dry_run) {
		text_addf(ret, "the image %s would be removed\n", vis(name));
		return 0;
	}
	if (image_remove(name, &layers, &freed, err) < 0)
		return fail_wrap(err, "image rm");
	bytes_text(freed, size, sizeof(size));
	if (layers)
		text_addf(ret, "%s is gone, and with it %zu layer%s that no other image has (%s of blobs)\n",
			  vis(name), layers, layers == 1 ? "" : "s", size);
	else
		text_addf(ret, "%s is gone; its layers are other images' too\n", vis(name));
	return 0;
}

int act_image(struct shell *shell, const struct words *words, struct text *ret,
	      struct error *err)
{
	static const struct {
		const char *name;
		int (*act)(struct shell *shell, const struct words *words, struct text *ret,
			   struct error *err);
	} acts[] = { { "import", import }, { "export", export }, { "rm", remove_image } };

	if (image_words(words, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].name, words_arg(words, 0)) == 0)
			return acts[i].act(shell, words, ret, err);
	return fail(err, ENOSYS, "image");
}
