/* What docker save wrote before it wrote OCI layouts, and others do to this day: manifest.json names
 * a config and layers. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/image/compose.h"
#include "archive/image/document.h"
#include "archive/image/import.h"
#include "archive/image/reference.h"
#include "archive/layer/layer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"

static const struct spooled_file *file_of(const struct spooled *spooled, const json_t *name,
					  const char *what, struct error *err)
{
	const char *s = json_string_value(name);
	const struct spooled_file *file = s ? spooled_find(spooled, s) : NULL;

	if (!file)
		fail_id(err, ERR_ARCHIVE_INVALID, 0, "manifest.json names %s %s, which the archive does not contain", what,
		     s ? vis(s) : _("not a text"));
	return file;
}

/* The tag of the image that ref means; NULL for none. A digest means any. */
static const char *tag_called(const json_t *image, const char *ref)
{
	const json_t *tags = json_object_get(image, "RepoTags"), *tag;
	const char *config = document_text(image, "Config", "");
	const char *name = strrchr(config, '/');
	size_t i;

	json_array_foreach(tags, i, tag)
		if (json_is_string(tag) && reference_same(json_string_value(tag), ref))
			return json_string_value(tag);
	if (!reference_digest(ref, name ? name + 1 : config))
		return NULL;
	tag = json_array_get(tags, 0);
	return json_is_string(tag) ? json_string_value(tag) : "";
}

static const json_t *choose(const json_t *list, const char *ref, struct error *err)
{
	cleanup_text struct text names = { 0 };
	const json_t *image;
	size_t i;

	if (!ref && json_array_size(list) == 1)
		return json_array_get(list, 0);
	json_array_foreach(list, i, image) {
		if (ref && tag_called(image, ref))
			return image;
		const char *tag = json_string_value(json_array_get(json_object_get(image, "RepoTags"),
								   0));
		if (names.len < 300)
			text_addf(&names, "%s%s", names.len ? ", " : "", tag ? vis(tag) : "(no name)");
	}
	if (ref)
		fail_id(err, ERR_ARCHIVE_IMAGE, 0, "the archive has no image called %s", vis(ref));
	else
		fail_id(err, ERR_ARCHIVE_IMAGE, 0, "the archive has %zu images", json_array_size(list));
	fail_why(err, "it holds: %s", names.len ? names.s : "none");
	fail_fix(err, "image import --ref NAME chooses one");
	return NULL;
}

static int read_layer(const struct spooled *spooled, const json_t *name, struct found *found,
		      struct error *err)
{
	const struct spooled_file *file = file_of(spooled, name, "the layer", err);
	char path[100];

	if (!file)
		return -1;
	snprintf(path, sizeof(path), "blobs/%s", file->hex);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum packing packing = fd < 0 ? PACKING_NONE : packing_of(fd);
	if (!compose_layer_type(packing))
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the layer %s is packed with %s, which image formats do not allow",
			    vis(file->name), packing_name(packing));
	json_array_append_new(found->layers, compose_descriptor(compose_layer_type(packing),
								file->hex, file->size));
	memcpy(found->orders[found->count++].blob, file->hex, HEX);
	return 0;
}

/* docker names a config by its digest. */
static int check_config(const struct spooled_file *file, struct error *err)
{
	if (strlen(file->name) != HEX - 1 + strlen(".json") ||
	    strncmp(file->name, file->hex, HEX - 1) == 0 ||
	    strspn(file->name, "0123456789abcdef") != HEX - 1)
		return 0;
	fail_id(err, ERR_ARCHIVE_DIGEST, 0, "the config differs from its name");
	return fail_why(err, "expected " SHA256 "%.*s, found " SHA256 "%s", HEX - 1, file->name,
			file->hex);
}

int saved_read(const struct import *import, const struct spooled *spooled, struct found *found,
	       struct error *err)
{
	const struct spooled_file *top = spooled_find(spooled, "manifest.json");
	cleanup_text struct text text = { 0 };
	char path[100];

	snprintf(path, sizeof(path), "blobs/%s", top->hex);
	if (top->size > LIMIT_DOCUMENT || read_file(AT_FDCWD, path, LIMIT_DOCUMENT, &text) < 0)
		return fail_id(err, ERR_ARCHIVE_LIMIT, 0, "manifest.json has more than %d MiB", LIMIT_DOCUMENT >> 20);
	cleanup_json json_t *list = document_parse(text_of(&text), text.len, JSON_ARRAY,
						   "manifest.json", err);
	const json_t *image = list ? choose(list, import->ref, err) : NULL;
	if (!image)
		return -1;
	const struct spooled_file *config = file_of(spooled, json_object_get(image, "Config"),
						    "the config", err);
	if (!config || check_config(config, err) < 0)
		return -1;
	memcpy(found->config, config->hex, HEX);
	found->config_size = config->size;
	const char *tag = json_string_value(json_array_get(json_object_get(image, "RepoTags"), 0));
	if (import->ref)
		tag = tag_called(image, import->ref);
	snprintf(found->ref, sizeof(found->ref), "%s", tag ? tag : "");
	const json_t *layers = json_object_get(image, "Layers"), *name;
	size_t i;
	if (!json_is_array(layers) || json_array_size(layers) == 0 ||
	    json_array_size(layers) > LIMIT_LAYERS)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the image has %zu layers; Stave reads 1 to %d",
			    json_array_size(layers), LIMIT_LAYERS);
	json_array_foreach(layers, i, name)
		if (read_layer(spooled, name, found, err) < 0)
			return -1;
	return import_config(found, err);
}

/* ---- before docker 1.10 ---- */

/* A file of a layer's folder. top: of the image's topmost, which the file repositories names, as the others are named by
 * the one above. */
static const struct spooled_file *file_in(const struct spooled *spooled, const char *id,
					  const char *name, bool top, struct error *err)
{
	char path[300];

	snprintf(path, sizeof(path), "%.200s/%s", id, name);
	const struct spooled_file *file = spooled_find(spooled, path);
	if (!file) {
		fail_id(err, ERR_ARCHIVE_INVALID, ENOENT, "%s", vis(path));
		fail_why(err, top ? "the archive does not hold it, and its file repositories names the layer" :
				    "the archive does not hold it, and the layer above names it as its parent");
	}
	return file;
}

/* The id of the image's topmost layer, which is the caller's to free(): repositories is
 * {"NAME": {"TAG": "ID"}}. NULL with err. */
static char *choose_old(const struct import *import, const struct spooled *spooled,
			struct found *found, struct error *err)
{
	const struct spooled_file *top = spooled_find(spooled, "repositories");
	cleanup_json json_t *names = top ? document_blob(top->hex, "repositories", err) : NULL;
	cleanup_text struct text all = { 0 };
	const char *name, *tag, *id = NULL;
	json_t *tags, *value;
	bool several = false;
	char full[512];

	if (!top)
		fail_id(err, ERR_ARCHIVE_INVALID, ENOENT, "repositories");
	json_object_foreach(names, name, tags)
		json_object_foreach(tags, tag, value) {
			snprintf(full, sizeof(full), "%s:%s", name, tag);
			text_addf(&all, "%s%s", all.len ? ", " : "", vis(full));
			if (!json_is_string(value) || (import->ref && !reference_same(import->ref, full)))
				continue;
			several = several || (id && strcmp(id, json_string_value(value)) != 0);
			if (!id)
				snprintf(found->ref, sizeof(found->ref), "%s", full);
			id = json_string_value(value);
		}
	if (id && !several)
		return text_copy(id);
	if (!names)
		return NULL;
	fail_id(err, ERR_ARCHIVE_IMAGE, 0, import->ref ? "the archive has no image called %s" : "the archive holds several images%s",
	     import->ref ? vis(import->ref) : "");
	fail_why(err, "it holds: %s", all.len ? all.s : "none");
	fail_fix(err, "image import --ref NAME chooses one");
	return NULL;
}

/* The layer of this id goes below those that are there; *id becomes its parent's. */
static int read_old_layer(const struct spooled *spooled, char **id, struct found *found,
			  struct error *err)
{
	const struct spooled_file *file = file_in(spooled, *id, "json", !found->count, err);
	cleanup_json json_t *said = file ? document_blob(file->hex, N_("the json of a layer"), err) : NULL;
	const struct spooled_file *layer = said ? file_in(spooled, *id, "layer.tar", !found->count, err) : NULL;

	if (!layer)
		return -1;
	if (found->count == LIMIT_LAYERS)
		return fail_id(err, ERR_ARCHIVE_LIMIT, 0, "too many layers: more than %d", LIMIT_LAYERS);
	if (!found->count)
		found->base = json_pack("{ss ss ss sO* s{ss s[]} s[]}", "created",
					document_text(said, "created", ""), "architecture",
					document_text(said, "architecture", compose_architecture()), "os",
					document_text(said, "os", "linux"), "config",
					json_object_get(said, "config"), "rootfs", "type", "layers",
					"diff_ids", "history");
	memmove(found->orders + 1, found->orders, found->count * sizeof(*found->orders));
	found->orders[0] = (struct order){ 0 };
	memcpy(found->orders[0].blob, layer->hex, HEX);
	json_array_insert_new(found->layers, 0, compose_descriptor(TYPE_LAYER, layer->hex, layer->size));
	found->count++;
	const char *parent = document_text(said, "parent", NULL);
	char *above = *id;
	*id = parent ? text_copy(parent) : NULL;
	bool loops = parent && strcmp(parent, above) == 0;
	free(above);
	return loops ? fail_id(err, ERR_ARCHIVE_INVALID, 0, "a layer is its own parent") : 0;
}

int old_read(const struct import *import, const struct spooled *spooled, struct found *found,
	     struct error *err)
{
	cleanup_free char *id = choose_old(import, spooled, found, err);

	if (!id)
		return -1;
	while (id)
		if (read_old_layer(spooled, &id, found, err) < 0)
			return -1;
	return 0;
}
