/* What is asked of images: of the store in use, which may be the lesson's own. */
#include "lesson/check/predicates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "image/image.h"
#include "snapshot/union/layers.h"

/* false where there is none that can be read, which is said. */
static bool find(const char *name, struct image *ret, struct text *saw)
{
	struct error err;

	if (image_find(name, ret, &err) == 0)
		return true;
	text_add(saw, err.what);
	return false;
}

/* image NAME present|absent. */
bool predicate_image(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_image struct image image = { 0 };
	bool wanted = strcmp(words[2], "present") == 0;
	struct error err;

	(void)asked;
	bool found = image_find(words[1], &image, &err) == 0;
	if (!found) {
		text_add(saw, err.what);
		return !wanted && err.code == ENOENT;
	}
	text_sayf(saw, "there is an image %s", vis(words[1]));
	return wanted;
}

/* image NAME layers N. */
bool predicate_image_layers(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_image struct image image = { 0 };

	(void)asked;
	if (!find(words[1], &image, saw))
		return false;
	text_sayf(saw, "layers of %s: %zu", vis(words[1]), image.layer_count);
	return image.layer_count == strtoull(words[3], NULL, 10);
}

static bool has_layer(const struct image *image, const char *diff_id)
{
	for (size_t i = 0; i < image->layer_count; i++)
		if (strcmp(image->layers[i].diff_id, diff_id) == 0)
			return true;
	return false;
}

/* image NAME shares N layers with NAME: so many of its layers, by their digests, are the other's too. */
bool predicate_image_shares(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_image struct image image = { 0 }, other = { 0 };
	size_t shared = 0;

	(void)asked;
	if (!find(words[1], &image, saw) || !find(words[6], &other, saw))
		return false;
	for (size_t i = 0; i < image.layer_count; i++)
		shared += has_layer(&other, image.layers[i].diff_id);
	text_sayf(saw, "layers of %s that %s has, too: %zu", vis(words[1]), vis(words[6]), shared);
	return shared == strtoull(words[3], NULL, 10);
}

/* Whether the read-only layers are the folders of the image, all of them and in their order. */
static bool is_stack_of(const struct layers *layers, const struct image *image)
{
	size_t at = 0;

	for (size_t i = 0; i < layers->count; i++) {
		if (layers->list[i].kind != LAYER_READ_ONLY)
			continue;
		if (at == image->layer_count || strcmp(layers->list[i].folder, image->layers[at].folder) != 0)
			return false;
		at++;
	}
	return at == image->layer_count;
}

/* mount PATH of image NAME: a union of its layers, which a container's own may lie over. */
bool predicate_mount_image(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_image struct image image = { 0 };
	cleanup_arena struct arena arena = { 0 };
	struct layers layers = { 0 };

	if (!find(words[4], &image, saw) || !union_asked(asked, words[1], &arena, &layers, saw))
		return false;
	bool same = is_stack_of(&layers, &image);
	layers_done(&layers);
	text_sayf(saw, same ? "the union at %s is made of the layers of %s" :
			      "the union at %s is made of other layers than those of %s",
		  vis(words[1]), vis(words[4]));
	return same;
}
