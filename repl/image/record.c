/* Reading an image out of its three JSON texts. jansson refuses what is not UTF-8, NUL bytes in
 * strings and nesting deeper than 2048. */
#include "image/record.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "image/digest.h"
#include "image/image.h"
#include "image/name.h"

static void cleanup_json_(json_t **json)
{
	json_decref(*json);
}
#define cleanup_json __attribute__((cleanup(cleanup_json_)))

enum { REPLACED = 100 }; /* times that a record is read while others take its place */

/* The object that a file of the store holds. */
static json_t *parse(const char *path, const struct text *text, struct error *err)
{
	json_error_t wrong;

	json_t *ret = json_loadb(text_of(text), text->len, 0, &wrong);
	if (!ret || !json_is_object(ret)) {
		fail_id(err, ERR_STORE_DAMAGED, 0, "%s: not a JSON object", vis(path));
		fail_why(err, "line %d, column %d: %s", ret ? 1 : wrong.line, ret ? 1 : wrong.column,
			 ret ? "something else" : vis(wrong.text));
		json_decref(ret);
		return NULL;
	}
	return ret;
}

int record_blob(int dirfd, const char *digest, struct text *ret, struct error *err)
{
	char path[100], found[DIGEST_TEXT];

	if (!digest_valid(digest))
		return fail_id(err, ERR_STORE_DAMAGED, 0, "%s: not a digest", digest ? vis(digest) : "nothing");
	snprintf(path, sizeof(path), "blobs/sha256/%s", digest + strlen(DIGEST_PREFIX));
	if (read_file(dirfd, path, RECORD_LIMIT, ret) < 0)
		return path_is_absent(errno) ? fail_id(err, ERR_STORE_DAMAGED, 0, "the blob %s is missing", digest) :
					       fail(err, errno, "read %s", path);
	digest_of(text_of(ret), ret->len, found);
	if (strcmp(found, digest) == 0)
		return 0;
	fail_id(err, ERR_STORE_DAMAGED, 0, "a blob of the store is damaged");
	return fail_why(err, "expected %s, found %s", digest, found);
}

static json_t *load_blob(int dirfd, const char *digest, struct error *err)
{
	cleanup_text struct text text = { 0 };

	return record_blob(dirfd, digest, &text, err) < 0 ? NULL : parse(digest, &text, err);
}

static const char *text_in(struct image *image, const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? arena_copy(&image->arena, s) : "";
}

/* A list of texts; a single text is a list of one (docker's old Entrypoint). */
static const char *const *list_in(struct image *image, const json_t *object, const char *key)
{
	const json_t *list = json_object_get(object, key);
	size_t count = json_is_string(list) ? 1 : json_array_size(list), n = 0;
	const char **ret = arena_new(&image->arena, (count + 1) * sizeof(*ret));

	if (json_is_string(list))
		ret[n++] = arena_copy(&image->arena, json_string_value(list));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));
		if (s)
			ret[n++] = arena_copy(&image->arena, s);
	}
	return ret;
}

/* The keys of an object: Volumes is {"/data": {}}. */
static const char *const *keys_in(struct image *image, json_t *object, const char *name)
{
	json_t *inner = json_object_get(object, name);
	const char **ret = arena_new(&image->arena, (json_object_size(inner) + 1) * sizeof(*ret));
	size_t n = 0;

	for (void *at = json_object_iter(inner); at; at = json_object_iter_next(inner, at))
		ret[n++] = arena_copy(&image->arena, json_object_iter_key(at));
	return ret;
}

static void read_history(struct image *image, const json_t *config)
{
	const json_t *list = json_object_get(config, "history");

	image->history_count = json_array_size(list);
	image->history = arena_new(&image->arena,
				   (image->history_count + 1) * sizeof(*image->history));
	for (size_t i = 0; i < image->history_count; i++) {
		const json_t *row = json_array_get(list, i);
		image->history[i] = (struct image_history){
			text_in(image, row, "created"), text_in(image, row, "created_by"),
			text_in(image, row, "author"), text_in(image, row, "comment"),
			json_is_true(json_object_get(row, "empty_layer")),
		};
	}
}

static void read_config(struct image *image, const json_t *config)
{
	json_t *run = json_object_get(config, "config");

	image->created = text_in(image, config, "created");
	image->architecture = text_in(image, config, "architecture");
	image->os = text_in(image, config, "os");
	image->env = list_in(image, run, "Env");
	image->cmd = list_in(image, run, "Cmd");
	image->entrypoint = list_in(image, run, "Entrypoint");
	image->volumes = keys_in(image, run, "Volumes");
	image->workdir = text_in(image, run, "WorkingDir");
	image->user = text_in(image, run, "User");
	char *all = json_is_object(run) ? json_dumps(run, JSON_COMPACT) : NULL;
	image->config = arena_copy(&image->arena, all ? all : "{}");
	free(all);
	read_history(image, config);
}

static int read_layer(struct image *image, const char *store, const json_t *blob,
		      const json_t *diff_id, const json_t *folder, struct image_layer *ret,
		      struct error *err)
{
	const char *name = json_string_value(folder);
	json_int_t size = json_integer_value(json_object_get(blob, "size"));

	*ret = (struct image_layer){
		.diff_id = arena_copy(&image->arena, json_is_string(diff_id) ?
					      json_string_value(diff_id) : ""),
		.digest = text_in(image, blob, "digest"),
		.media_type = text_in(image, blob, "mediaType"),
		.size = size > 0 ? (uint64_t)size : 0,
	};
	if (!digest_valid(ret->diff_id) || !digest_valid(ret->digest) || !name || !*name ||
	    strchr(name, '/') || name[0] == '.')
		return fail_id(err, ERR_STORE_DAMAGED, 0, "the record of one of its layers is not valid");
	ret->folder = arena_print(&image->arena, "%s/layers/sha256/%s", store, name);
	image->size += ret->size;
	return 0;
}

static int read_layers(struct image *image, const char *store, const json_t *record,
		       const json_t *manifest, const json_t *config, struct error *err)
{
	const json_t *blobs = json_object_get(manifest, "layers");
	const json_t *diff_ids = json_object_get(json_object_get(config, "rootfs"), "diff_ids");
	const json_t *folders = json_object_get(record, "folders");
	size_t count = json_array_size(folders);

	if (json_array_size(blobs) != count || json_array_size(diff_ids) != count)
		return fail_id(err, ERR_STORE_DAMAGED, 0, "its manifest, its config and its record count different layers");
	image->layers = arena_new(&image->arena, (count + 1) * sizeof(*image->layers));
	image->layer_count = count;
	for (size_t i = 0; i < count; i++)
		if (read_layer(image, store, json_array_get(blobs, i), json_array_get(diff_ids, i),
			       json_array_get(folders, i), &image->layers[i], err) < 0)
			return -1;
	return 0;
}

/* file: the record, open. */
static int read_all(const char *store, int dirfd, int file, const char *path, struct image *image, struct error *err)
{
	cleanup_text struct text text = { 0 };

	if (read_fd(file, RECORD_LIMIT, &text) < 0)
		return fail(err, errno, "read %s", vis(path));
	cleanup_json json_t *record = parse(path, &text, err);
	if (!record)
		return -1;
	image->name = text_in(image, record, "name");
	/* One with a dot in front keeps an image whose name another has taken. */
	if (strncmp(path, "images/.", strlen("images/.")) != 0 &&
	    strcmp(path + strlen("images/"), image_file(image->name, &image->arena)) != 0)
		return fail_id(err, ERR_STORE_DAMAGED, 0, "%s: the record of another image", vis(path));
	image->digest = text_in(image, record, "manifest");
	image->id = text_in(image, record, "config");
	cleanup_json json_t *manifest = load_blob(dirfd, image->digest, err);
	if (!manifest)
		return -1;
	cleanup_json json_t *config = load_blob(dirfd, image->id, err);
	if (!config)
		return -1;
	read_config(image, config);
	return read_layers(image, store, record, manifest, config, err);
}

/* Another may say the same. */
static bool is_still(int file, int dirfd, const char *path)
{
	struct stat was, is;

	return fstat(file, &was) == 0 && fstatat(dirfd, path, &is, 0) == 0 && was.st_dev == is.st_dev &&
	       was.st_ino == is.st_ino;
}

/* Who replaces or removes an image takes away its blobs, too: one that is not there is missing where the record is still
 * the one that was read. */
int record_read(const char *store, int dirfd, const char *file, struct image *ret,
		struct error *err)
{
	char path[600];

	snprintf(path, sizeof(path), "images/%s", file);
	for (int tries = 0; tries < REPLACED; tries++) {
		struct image image = { 0 };
		cleanup_fd int fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			return fail(err, errno, "read %s", vis(path));
		if (read_all(store, dirfd, fd, path, &image, err) == 0) {
			*ret = image;
			return 0;
		}
		arena_done(&image.arena);
		if (strcmp(err->id, "store.damaged") != 0 || is_still(fd, dirfd, path))
			return -1;
	}
	return fail(err, EBUSY, "%s is replaced again and again", vis(path));
}

int record_read_held(const char *store, int dirfd, int held, const char *file, struct image *ret, struct error *err)
{
	struct image image = { 0 };
	char path[600];

	snprintf(path, sizeof(path), "images/%s", file);
	if (read_all(store, dirfd, held, path, &image, err) == 0) {
		*ret = image;
		return 0;
	}
	arena_done(&image.arena);
	return -1;
}
