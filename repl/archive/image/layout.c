/* OCI image layouts: index.json, and blobs by their digests. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/image/blobs.h"
#include "archive/image/compose.h"
#include "archive/image/document.h"
#include "archive/image/import.h"
#include "archive/image/platform.h"
#include "archive/image/reference.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"

#define REF "org.opencontainers.image.ref.name"
#define FULL_NAME "io.containerd.image.name"

/* ---- layers ---- */

/* What a layer of this media type is packed with. -1 with err. */
static int packing_said(const char *type, enum packing *ret, struct error *err)
{
	static const struct { const char *type; enum packing packing; } types[] = {
		{ TYPE_LAYER, PACKING_NONE },
		{ TYPE_LAYER "+gzip", PACKING_GZIP },
		{ TYPE_LAYER "+zstd", PACKING_ZSTD },
		{ TYPE_DOCKER_LAYER, PACKING_NONE },
		{ TYPE_DOCKER_LAYER ".gzip", PACKING_GZIP },
		{ TYPE_DOCKER_LAYER ".zstd", PACKING_ZSTD },
		{ TYPE_FOREIGN_LAYER, PACKING_NONE },
		{ TYPE_FOREIGN_LAYER "+gzip", PACKING_GZIP },
		{ TYPE_FOREIGN_LAYER "+zstd", PACKING_ZSTD },
		{ TYPE_DOCKER_FOREIGN_LAYER, PACKING_NONE },
		{ TYPE_DOCKER_FOREIGN_LAYER ".gzip", PACKING_GZIP },
	};

	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(type, types[i].type) == 0) {
			*ret = types[i].packing;
			return 0;
		}
	fail_id(err, ERR_ARCHIVE_INVALID, 0, "media type %s", *type ? vis(type) : "missing");
	return fail_why(err, "a layer is a tar: not compressed, gzip or zstd; layers that a registry keeps "
			"elsewhere are not supported");
}

static int read_layer(struct layout *layout, const json_t *json, struct order *order,
		      struct error *err)
{
	struct descriptor blob;
	enum packing said = PACKING_NONE;
	char path[100];

	if (document_descriptor(json, "a layer", &blob, err) < 0)
		return -1;
	if (packing_said(blob.media_type, &said, err) < 0 || blob_fetch(layout, &blob, "a layer", err) < 0) {
		const char *url = json_string_value(json_array_get(json_object_get(json, "urls"), 0));
		if (url && err->code == ENOENT)
			fail_fix(err, "its publisher keeps it at %.200s: what is fetched from there goes to "
				      "blobs/sha256/%s", vis(url), blob.hex);
		return fail_wrap(err, "layer " SHA256 "%s", blob.hex);
	}
	snprintf(path, sizeof(path), "blobs/%s", blob.hex);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum packing is = fd < 0 ? PACKING_NONE : packing_of(fd);
	if (is != said)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "layer " SHA256 "%s is %s, and its media type %s says %s", blob.hex,
			    packing_name(is), blob.media_type, packing_name(said));
	memcpy(order->blob, blob.hex, HEX);
	return 0;
}

/* ---- manifests ---- */

static bool is_type(const struct descriptor *blob, const char *oci, const char *docker)
{
	return strcmp(blob->media_type, oci) == 0 || strcmp(blob->media_type, docker) == 0;
}

/* A document that could be taken for two kinds was made to be: CVE-2021-41190. */
static int check_kind(const json_t *json, const struct descriptor *blob, const char *what,
		      struct error *err)
{
	const char *type = document_text(json, "mediaType", NULL);

	if (json_object_get(json, "manifests") && json_object_get(json, "layers"))
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "%s " SHA256 "%s is an index and a manifest at once", what,
			    blob->hex);
	if (type && *blob->media_type && strcmp(type, blob->media_type) != 0) {
		fail_id(err, ERR_ARCHIVE_INVALID, 0, "%s " SHA256 "%s is not of the stated media type", what,
		     blob->hex);
		return fail_why(err, "expected %s, found %s", vis(blob->media_type), vis(type));
	}
	if (json_integer_value(json_object_get(json, "schemaVersion")) != 2)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "%s " SHA256 "%s is not of schemaVersion 2", what, blob->hex);
	return 0;
}

/* ---- the index ---- */

static const char *annotation(const json_t *entry, const char *key)
{
	return document_text(json_object_get(entry, "annotations"), key, "");
}

static bool is_called(const json_t *entry, const char *ref)
{
	return strcmp(annotation(entry, REF), ref) == 0 ||
	       (*annotation(entry, REF) && reference_same(annotation(entry, REF), ref)) ||
	       (*annotation(entry, FULL_NAME) && reference_same(annotation(entry, FULL_NAME), ref)) ||
	       reference_digest(ref, document_text(entry, "digest", ""));
}

/* What an entry says about it; else what its config does. */
static enum fit fit_entry(struct layout *layout, const json_t *entry)
{
	const json_t *platform = json_object_get(entry, "platform");
	struct descriptor blob;
	struct error ignored;

	if (platform)
		return platform_fit(layout->import, platform);
	if (document_descriptor(entry, "the manifest", &blob, &ignored) < 0 ||
	    !is_type(&blob, TYPE_MANIFEST, TYPE_DOCKER_MANIFEST))
		return FIT_UNKNOWN;
	cleanup_json json_t *manifest = blob_document(layout, &blob, "the manifest", &ignored);
	if (!manifest || document_descriptor(json_object_get(manifest, "config"), "the config", &blob,
					     &ignored) < 0)
		return FIT_UNKNOWN;
	cleanup_json json_t *config = blob_document(layout, &blob, "the config", &ignored);
	return config ? platform_fit(layout->import, config) : FIT_UNKNOWN;
}

/* What there is to choose from, for people. */
static int fail_choice(const struct import *import, const json_t *list, const char *ref,
		       struct error *err)
{
	cleanup_text struct text names = { 0 };
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry) {
		const json_t *platform = json_object_get(entry, "platform");
		const char *name = annotation(entry, FULL_NAME), *variant;
		name = *name ? name : annotation(entry, REF);
		name = *name ? name : document_text(entry, "digest", "(no name)");
		if (names.len > 300)
			continue;
		text_addf(&names, "%s%.20s%s", names.len ? ", " : "", vis(name), strlen(name) > 20 ? "..." : "");
		if (platform)
			text_addf(&names, " for %s/%s", vis(document_text(platform, "os", "linux")),
				  vis(document_text(platform, "architecture", "?")));
		if (*(variant = document_text(platform, "variant", "")))
			text_addf(&names, "/%s", vis(variant));
	}
	if (ref)
		fail_id(err, ERR_ARCHIVE_IMAGE, 0, "the archive has no image called %s%s%s", vis(ref),
		     import->platform ? " for " : "", import->platform ? vis(import->platform) : "");
	else if (import->platform)
		fail_id(err, ERR_ARCHIVE_PLATFORM, 0, "the archive has no image for %s", vis(import->platform));
	else
		fail_id(err, ERR_ARCHIVE_IMAGE, 0, "the archive has %zu images, and none is the default",
		     json_array_size(list));
	fail_why(err, "it holds: %s", names.len ? names.s : "none");
	return fail_fix(err, "image import --ref NAME (or its digest) and --platform OS/ARCHITECTURE[/VARIANT] "
			     "say which");
}

static bool is_better(const json_t *entry, enum fit fit, const json_t *than, enum fit than_fit)
{
	if (fit != than_fit)
		return fit > than_fit;
	return fit == FIT_VARIANT && strcmp(platform_of(json_object_get(entry, "platform")).variant,
					    platform_of(json_object_get(than, "platform")).variant) < 0;
}

/* The one entry of an index that is meant; several may be the same image by other names. NULL with
 * err. */
static const json_t *choose(struct layout *layout, const json_t *list, const char *ref,
			    struct error *err)
{
	const json_t *entry, *best = NULL;
	enum fit best_fit = FIT_NOT;
	bool several = false;
	size_t i;

	/* One alone needs no name, and whoever sends it knows what for. */
	if (!ref && !layout->import->platform && json_array_size(list) == 1)
		return json_array_get(list, 0);
	json_array_foreach(list, i, entry) {
		if (ref && !is_called(entry, ref))
			continue;
		enum fit fit = fit_entry(layout, entry);
		if (ref && !layout->import->platform && fit == FIT_NOT)
			fit = FIT_NAME;
		if (fit == FIT_NOT)
			continue;
		if (!best || is_better(entry, fit, best, best_fit)) {
			best = entry;
			best_fit = fit;
			several = false;
		} else if (fit == best_fit && !is_better(best, best_fit, entry, fit) &&
			   strcmp(document_text(entry, "digest", ""), document_text(best, "digest", "")) != 0) {
			several = true;
		}
	}
	if (best && !several)
		return best;
	fail_choice(layout->import, list, ref, err);
	return NULL;
}

/* ---- an image ---- */

static int read_manifest(struct layout *layout, const struct descriptor *blob,
			 struct error *err)
{
	struct found *found = layout->found;
	struct descriptor config;

	cleanup_json json_t *manifest = blob_document(layout, blob, "the manifest", err);
	if (!manifest || check_kind(manifest, blob, "the manifest", err) < 0 ||
	    document_descriptor(json_object_get(manifest, "config"), "the config", &config, err) < 0)
		return -1;
	if (!is_type(&config, TYPE_CONFIG, TYPE_DOCKER_CONFIG)) {
		fail_id(err, ERR_ARCHIVE_INVALID, 0, "the config is of the media type %s", vis(config.media_type));
		return fail_why(err, "not an image of a root file system");
	}
	cleanup_json json_t *read = blob_document(layout, &config, "the config", err);
	if (!read)
		return -1;
	if (layout->import->platform && !platform_is_config(layout->import, read)) {
		fail_id(err, ERR_ARCHIVE_PLATFORM, 0, "the image is not for %s", vis(layout->import->platform));
		const char *variant = document_text(read, "variant", "");
		return fail_why(err, "it is for %s/%s%s%s", vis(document_text(read, "os", "?")),
				vis(document_text(read, "architecture", "?")), *variant ? "/" : "", vis(variant));
	}
	const json_t *layers = json_object_get(manifest, "layers");
	if (!json_is_array(layers) || json_array_size(layers) == 0)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the manifest has no layers");
	if (json_array_size(layers) > LIMIT_LAYERS)
		return fail_id(err, ERR_ARCHIVE_LIMIT, 0, "too many layers: %zu, and %d are the most",
			    json_array_size(layers), LIMIT_LAYERS);
	found->count = (unsigned)json_array_size(layers);
	for (unsigned i = 0; i < found->count; i++)
		if (read_layer(layout, json_array_get(layers, i), &found->orders[i], err) < 0)
			return -1;
	memcpy(found->manifest, blob->hex, HEX);
	memcpy(found->config, config.hex, HEX);
	return import_config(found, err);
}

static void take_name(struct found *found, const json_t *entry)
{
	const char *name = annotation(entry, FULL_NAME);

	name = *name ? name : annotation(entry, REF);
	if (!*found->ref)
		snprintf(found->ref, sizeof(found->ref), "%s", name);
}

static int read_index(struct layout *layout, const json_t *index, const char *ref, int depth,
		      struct error *err)
{
	const json_t *list = json_object_get(index, "manifests");
	struct descriptor blob;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the index names no images");
	const json_t *entry = choose(layout, list, ref, err);
	if (!entry || document_descriptor(entry, "the manifest", &blob, err) < 0)
		return -1;
	take_name(layout->found, entry);
	if (is_type(&blob, TYPE_MANIFEST, TYPE_DOCKER_MANIFEST))
		return read_manifest(layout, &blob, err);
	if (!is_type(&blob, TYPE_INDEX, TYPE_DOCKER_INDEX))
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the index points to a %s, which is not a manifest",
			    *blob.media_type ? vis(blob.media_type) : _("thing without a media type"));
	if (depth == LIMIT_INDEXES)
		return fail_id(err, ERR_ARCHIVE_LIMIT, 0, "more than %d nested indexes", LIMIT_INDEXES);
	cleanup_json json_t *inner = blob_document(layout, &blob, "an index", err);
	if (!inner || check_kind(inner, &blob, "an index", err) < 0)
		return -1;
	return read_index(layout, inner, NULL, depth + 1, err);
}

/* index.json is the one file that has no digest. */
static json_t *read_top(int folder, const struct spooled *spooled, struct error *err)
{
	cleanup_text struct text text = { 0 };
	struct stat st;

	if (folder < 0)
		return document_blob(spooled_find(spooled, "index.json")->hex, "index.json", err);
	cleanup_fd int fd = layout_open(folder, "index.json");
	if (fd < 0 || fstat(fd, &st) < 0) {
		layout_fail_open(folder, "the index", "index.json", err);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || read_fd(fd, LIMIT_DOCUMENT, &text) < 0) {
		fail(err, S_ISREG(st.st_mode) ? errno : 0, "read index.json");
		return NULL;
	}
	return document_parse(text_of(&text), text.len, JSON_OBJECT, "index.json", err);
}

int layout_read(const struct import *import, int folder, const struct spooled *spooled,
		struct found *found, struct error *err)
{
	struct layout layout = { .import = import, .folder = folder, .found = found };

	cleanup_json json_t *index = read_top(folder, spooled, err);
	if (!index)
		return -1;
	return read_index(&layout, index, import->ref, 0, err);
}

int dir_read(const struct import *import, const struct spooled *spooled, struct found *found,
	     struct error *err)
{
	struct layout layout = { .import = import, .folder = -1, .found = found };
	const struct spooled_file *top = spooled_find(spooled, "manifest.json");
	struct descriptor blob = { .hex = top->hex, .size = top->size };

	cleanup_json json_t *manifest = document_blob(top->hex, "manifest.json", err);
	if (!manifest)
		return -1;
	blob.media_type = document_text(manifest, "mediaType", TYPE_MANIFEST);
	if (json_object_get(manifest, "manifests"))
		return read_index(&layout, manifest, import->ref, 0, err);
	return read_manifest(&layout, &blob, err);
}
