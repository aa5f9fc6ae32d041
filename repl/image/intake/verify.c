#include "image/intake/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/remove.h"
#include "image/digest.h"
#include "image/image.h"
#include "image/name.h"
#include "image/record.h"
#include "image/store.h"
#include "image/intake/reader.h"
#include "image/intake/same.h"

#define LIMIT "1152921504606846976" /* 1 EiB: what is in the store has been let in */

struct verifying {
	struct arena arena;
	const char *path; /* the store's */
	int store;
	const struct verify_told *told;
	const struct image_watch *watch;
	struct verified *ret;
};

/* What is wrong with the store and its archives, not what kept somebody from looking. */
static bool is_damage(const struct error *err)
{
	return strncmp(err->id, "archive.", strlen("archive.")) == 0 || strcmp(err->id, "store.damaged") == 0;
}

/* ---- its blobs, as an archive that is read again ---- */

static int write_json(int folder, const char *name, json_t *json, struct error *err)
{
	cleanup_fd int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	cleanup_free char *s = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	if (!s)
		out_of_memory();
	return fd < 0 || write_fd(fd, s, strlen(s)) < 0 ? fail(err, errno, "write %s", name) : 0;
}

/* The same file by another name, so that nothing is copied. A blob that is twice in an image is there already. */
static int link_blob(const struct verifying *all, int blobs, const char *digest, struct error *err)
{
	const char *hex = digest + strlen(DIGEST_PREFIX);
	char from[100];

	snprintf(from, sizeof(from), "blobs/sha256/%s", hex);
	if (linkat(all->store, from, blobs, hex, 0) == 0 || errno == EEXIST)
		return 0;
	return path_is_absent(errno) ? fail_id(err, ERR_STORE_DAMAGED, 0, "the blob %s is missing", digest) :
				       fail(err, errno, "link %s", from);
}

/* An OCI image layout of the image alone. */
static int lay_out(struct verifying *all, const struct image *image, const char *layout, struct error *err)
{
	const char *blobs = arena_print(&all->arena, "%s/blobs/sha256", layout);
	cleanup_text struct text text = { 0 };
	int failed;

	if (mkdir(layout, 0700) < 0 || mkdir(arena_print(&all->arena, "%s/blobs", layout), 0700) < 0 ||
	    mkdir(blobs, 0700) < 0)
		return fail(err, errno, "mkdir %s", vis(blobs));
	cleanup_fd int top = open(layout, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int to = open(blobs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0 || to < 0)
		return fail(err, errno, "open %s", vis(blobs));
	if (record_blob(all->store, image->digest, &text, err) < 0)
		return -1;
	json_t *manifest = json_loadb(text_of(&text), text.len, 0, NULL);
	const char *type = json_string_value(json_object_get(manifest, "mediaType"));
	failed = write_json(top, "index.json", json_pack("{si s[{ss ss sI}]}", "schemaVersion", 2, "manifests",
		"mediaType", type ? type : "application/vnd.oci.image.manifest.v1+json",
		"digest", image->digest, "size", (json_int_t)text.len), err);
	json_decref(manifest);
	if (!failed)
		failed = write_json(top, "oci-layout", json_pack("{ss}", "imageLayoutVersion", "1.0.0"), err);
	if (!failed)
		failed = link_blob(all, to, image->digest, err);
	if (!failed)
		failed = link_blob(all, to, image->id, err);
	for (size_t i = 0; i < image->layer_count && !failed; i++)
		failed = link_blob(all, to, image->layers[i].digest, err);
	return failed;
}

/* All of its digests are checked on the way. */
static int read_again(struct verifying *all, const struct image *image, const char *layout, const char *made,
		      json_t **result, struct error *err)
{
	char *const args[] = {
		(char *)"import", (char *)"--target", (char *)(uintptr_t)made, (char *)"--limit", (char *)LIMIT,
		(char *)"--name", (char *)(uintptr_t)image->name, (char *)"--folder", (char *)(uintptr_t)layout, NULL
	};
	struct image_notes notes = { 0 };

	if (mkdir(made, 0700) < 0)
		return fail(err, errno, "mkdir %s", vis(made));
	cleanup_fd int input = open(layout, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (input < 0)
		return fail(err, errno, "open %s", vis(layout));
	const struct reader_run run = { .args = args, .input = input, .userns = -1, .output = -1 };
	return reader_run(&run, all->watch, &notes, result, err);
}

/* ---- its layers ---- */

static int check_layer(struct verifying *all, const struct image *image, size_t i, const char *made,
		       struct error *err)
{
	const char *folder = image->layers[i].folder;
	cleanup_fd int is = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (is < 0)
		return path_is_absent(errno) || errno == ELOOP ?
			       fail_id(err, ERR_STORE_DAMAGED, 0, "the layer %s is missing", vis(path_name(folder))) :
			       fail(err, errno, "open %s", vis(folder));
	cleanup_fd int was = open(arena_print(&all->arena, "%s/layers/%zu", made, i),
				  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (was < 0)
		return fail(err, errno, "open %s/layers/%zu", vis(made), i);
	int failed = tree_same(is, was, &all->ret->unread, err);
	if (failed)
		fail_wrap(err, "layer %zu of %zu", i + 1, image->layer_count);
	return failed;
}

static int check_layers(struct verifying *all, const struct image *image, const json_t *result, const char *made,
			struct error *err)
{
	const json_t *chains = json_object_get(result, "folders");

	for (size_t i = 0; i < image->layer_count; i++) {
		const char *chain = json_string_value(json_array_get(chains, i));
		if (!chain || strcmp(chain, path_name(image->layers[i].folder)) != 0)
			return fail_id(err, ERR_STORE_DAMAGED, 0, "the record names another folder for layer %zu", i + 1);
		if (all->watch->stop && all->watch->stop(all->watch->data)) {
			fail_id(err, ERR_STOPPED, 0, "stopped; nothing is kept");
			return IMAGE_STOPPED;
		}
		int failed = check_layer(all, image, i, made, err);
		if (failed)
			return failed;
		all->ret->layers++;
	}
	return 0;
}

static int check_held(struct verifying *all, const struct image *image, struct error *err)
{
	char fresh[4100];
	json_t *result = NULL;

	cleanup_fd int lock = store_fresh(fresh, sizeof(fresh), err);
	if (lock < 0)
		return -1;
	const char *layout = arena_print(&all->arena, "%s/layout", fresh);
	const char *made = arena_print(&all->arena, "%s/made", fresh);
	int failed = lay_out(all, image, layout, err);
	if (!failed)
		failed = read_again(all, image, layout, made, &result, err);
	if (!failed) {
		failed = check_layers(all, image, result, made, err);
		json_decref(result);
	}
	remove_tree(AT_FDCWD, fresh);
	return failed;
}

/* ---- images ---- */

/* file: of its record. */
static int check_image(struct verifying *all, const char *file, struct error *err)
{
	cleanup_image struct image image = { 0 };
	struct error wrong = { 0 };
	size_t before = all->ret->layers;
	int failed = record_read(all->path, all->store, file, &image, &wrong);
	cleanup_fd int held = failed ? -1 : image_hold(&image, &wrong);

	if ((failed || held < 0) && path_is_absent(wrong.code))
		return 0; /* removed meanwhile */
	if (!failed)
		failed = held < 0 ? -1 : check_held(all, &image, &wrong);
	bool damaged = failed && failed != IMAGE_STOPPED && is_damage(&wrong);
	if (failed && !damaged) {
		*err = wrong;
		return failed;
	}
	all->ret->images++;
	all->ret->damaged += damaged;
	all->told->image(all->told->data, image.name ? image.name : file, all->ret->layers - before,
			 damaged ? &wrong : NULL);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_all(struct verifying *all, struct error *err)
{
	const char **files = NULL;
	size_t count = 0, room = 0;
	int failed = 0;
	int fd = openat(all->store, "images", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder)
		return errno == ENOENT ? 0 : fail(err, errno, "open %s/images", vis(all->path));
	for (struct dirent *entry; errno = 0, (entry = readdir(folder));) {
		if (entry->d_name[0] == '.')
			continue;
		LIST_ROOM(files, count, room);
		files[count++] = arena_copy(&all->arena, entry->d_name);
	}
	if (errno)
		failed = fail(err, errno, "read %s/images", vis(all->path));
	closedir(folder);
	if (count)
		qsort(files, count, sizeof(*files), by_name);
	for (size_t i = 0; i < count && !failed; i++)
		failed = check_image(all, files[i], err);
	free(files);
	return failed;
}

/* What a crash has left. */
static int mend(struct verifying *all, struct error *err)
{
	cleanup_fd int lock = store_lock(all->path, err);

	return lock < 0 ? -1 : store_sweep(all->path, lock, NULL, &all->ret->swept, err);
}

/* The file of the record that name means, which need not be readable. */
static const char *find_file(struct verifying *all, const char *name, struct error *err)
{
	cleanup_image struct image image = { 0 };
	struct error ignored;
	const char *full = image_name(name, &all->arena, &ignored);
	const char *file = full ? image_file(full, &all->arena) : NULL;

	if (file && faccessat(all->store, arena_print(&all->arena, "images/%s", file), F_OK, 0) == 0)
		return file;
	return image_find(name, &image, err) < 0 ? NULL : image_file(image.name, &all->arena);
}

int image_verify(const char *name, const struct verify_told *told, const struct image_watch *watch,
		 struct verified *ret, struct error *err)
{
	struct verifying all = { .told = told, .watch = watch, .ret = ret };
	char path[4000];

	*ret = (struct verified){ .unfinished = store_clear() };
	if (store_path(path, sizeof(path), err) < 0)
		return -1;
	cleanup_fd int store = store_open(path, err);
	if (store < 0)
		return err->code == ENOENT && !name ? 0 : -1;
	all.path = path;
	all.store = store;
	const char *file = name ? find_file(&all, name, err) : NULL;
	int failed = name && !file ? -1 : file ? check_image(&all, file, err) : check_all(&all, err);
	if (!failed)
		failed = mend(&all, err);
	arena_done(&all.arena);
	return failed;
}
