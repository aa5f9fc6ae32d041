/* commit: folders of a union become layers of an image. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/remove.h"
#include "image/digest.h"
#include "image/image.h"
#include "image/store.h"
#include "image/intake/import.h"
#include "image/intake/known.h"
#include "image/intake/publish.h"
#include "image/intake/reader.h"

#define LIMIT "1152921504606846976" /* 1 EiB: it is on this machine already */

struct committing {
	struct arena arena;
	const struct image_stack *stack;
	const struct image_watch *watch;
	struct image_made *ret;
	const char *made;    /* the folder in scratch */
	char store[4000];
	int store_fd;
	struct image *images; /* of the store */
	size_t image_count;
	const struct image *base; /* the one that the stack stands on; NULL: none */
	struct layer *layers; /* those above it */
	size_t layer_count;
	size_t known_count;  /* the lowest of these are unpacked in the store already */
	int *held;           /* the images that keep them there */
	size_t held_count;
};

/* A folder of the stack that becomes a layer. */
struct layer {
	char hex[65];        /* the digest of its tar, which is in blobs */
	char chain[65];      /* the name that it has in the store, unpacked */
	struct known looks;  /* how the folder looked */
	bool settled;        /* and from now on each change of it shows; else looks says nothing */
};

static bool is_digits(const char *s)
{
	return s && strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static bool is_same(int fd, const char *path)
{
	struct stat open, named;

	return fstat(fd, &open) == 0 && stat(path, &named) == 0 && open.st_dev == named.st_dev &&
	       open.st_ino == named.st_ino;
}

/* Whether the lowest folders of the stack are the image's layers, all of them. */
static bool begins_with(const struct image_stack *stack, const struct image *image)
{
	for (size_t i = 0; i < image->layer_count; i++)
		if (i >= stack->count || !is_same(stack->folders[i], image->layers[i].folder))
			return false;
	return image->layer_count > 0;
}

/* The image of the store that the stack stands on: the one with the most layers. */
static int find_base(struct committing *all, struct error *err)
{
	size_t broken, best = 0;
	struct error ignored;

	if (image_list(&all->images, &all->image_count, &broken, &ignored) < 0) {
		*err = ignored;
		return -1;
	}
	for (size_t i = 0; i < all->image_count; i++) {
		const struct image *image = &all->images[i];
		if (image->layer_count > best && begins_with(all->stack, image)) {
			best = image->layer_count;
			all->base = image;
		}
	}
	return 0;
}

/* ---- what the store has already ---- */

/* The chain id of the OCI image specification: of a layer on those below it. below: theirs, NULL where there are none. */
static void chain_on(const char *below, const char *hex, char ret[65])
{
	char words[2 * DIGEST_TEXT], digest[DIGEST_TEXT];

	if (!below) {
		memcpy(ret, hex, 65);
		return;
	}
	int length = snprintf(words, sizeof(words), DIGEST_PREFIX "%s " DIGEST_PREFIX "%s", below, hex);
	digest_of(words, (size_t)length, digest);
	memcpy(ret, digest + strlen(DIGEST_PREFIX), 65);
}

static void name_chain(const struct committing *all, struct layer *layer)
{
	const struct image *base = all->base;
	const char *below = layer > all->layers ? layer[-1].chain :
			    base ? path_name(base->layers[base->layer_count - 1].folder) : NULL;

	chain_on(below, layer->hex, layer->chain);
}

/* The layer of the image that is unpacked as this; NULL: none. */
static const struct image_layer *layer_in(const struct image *image, const char *chain)
{
	for (size_t i = 0; i < image->layer_count; i++)
		if (strcmp(path_name(image->layers[i].folder), chain) == 0)
			return &image->layers[i];
	return NULL;
}

/* Hold the image, so that nobody takes the layer away meanwhile. */
static bool hold(struct committing *all, const char *name, const struct layer *layer)
{
	cleanup_image struct image image = { 0 };
	struct error ignored;

	cleanup_fd int held = image_find_held(name, &image, &ignored);
	if (held < 0 || !layer_in(&image, layer->chain))
		return false;
	all->held[all->held_count++] = steal_fd(&held);
	return true;
}

/* Whether the layer, on those below it, is unpacked in the store and stays there; by_blob: and its tar is there as it
 * would be packed. */
static bool is_there(struct committing *all, const struct layer *layer, bool by_blob)
{
	for (size_t i = 0; i < all->image_count && all->known_count == all->layer_count; i++) {
		const struct image_layer *there = layer_in(&all->images[i], layer->chain);
		if (there && (!by_blob || strcmp(there->digest + strlen(DIGEST_PREFIX), layer->hex) == 0) &&
		    hold(all, all->images[i].name, layer))
			return true;
	}
	return false;
}

/* The folder may be what it was when it was packed: its layer then, as is, and its tar by another name. */
static bool is_known(struct committing *all, int folder, struct layer *layer)
{
	if (known_read(all->store_fd, folder, &layer->looks) < 0)
		return false;
	memcpy(layer->hex, layer->looks.layer, sizeof(layer->hex));
	name_chain(all, layer);
	return is_there(all, layer, true) &&
	       linkat(all->store_fd, arena_print(&all->arena, "blobs/sha256/%s", layer->hex), AT_FDCWD,
		      arena_print(&all->arena, "%s/blobs/%s", all->made, layer->hex), 0) == 0;
}

/* What was packed is looked at the next time. Somebody may have it mapped and write to it, which moves its ctime only
 * when the page is clean: mmap(2). */
static void clean(int folder)
{
	cleanup_fd int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		syncfs(fd);
}

/* ---- folders become tars ---- */

/* What the archive reader says of the folder: it is as it was, or it has been packed. */
static int take_result(struct layer *layer, const json_t *result, bool known, struct error *err)
{
	const char *hex = json_string_value(json_object_get(result, "digest"));
	const char *looks = json_string_value(json_object_get(result, "looks"));

	if (known && json_is_true(json_object_get(result, "same")))
		return 0;
	layer->settled = json_is_true(json_object_get(result, "settled"));
	if (!is_digits(hex) || !is_digits(looks))
		return fail_id(err, ERR_READER_FAILED, 0, "the archive reader gave no valid result");
	strcpy(layer->hex, hex);
	strcpy(layer->looks.layer, hex);
	strcpy(layer->looks.looks, looks);
	return 1;
}

/* 1: it has been packed, to that file; 0: it is as known. */
static int read_folder(struct committing *all, int folder, struct layer *layer, bool topmost, bool known,
		       const char *packed, struct error *err)
{
	const struct image_stack *stack = all->stack;
	size_t without = topmost ? stack->without_count : 0, n = 0;
	const char **args = arena_new(&all->arena, (without + 8) * sizeof(*args));
	struct image_notes notes = { 0 };
	json_t *result;

	args[n++] = "pack";
	args[n++] = "--limit";
	args[n++] = LIMIT;
	if (stack->userns >= 0)
		args[n++] = "--userns";
	if (stack->userxattr)
		args[n++] = "--userxattr";
	if (known)
		args[n++] = arena_print(&all->arena, "--known=%s", layer->looks.looks);
	args[n++] = "--";
	for (size_t i = 0; i < without; i++)
		args[n++] = stack->without[i];
	cleanup_fd int output = open(packed, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (output < 0)
		return fail(err, errno, "open %s", vis(packed));
	const struct reader_run run = { (char *const *)args, folder, stack->userns, output };
	int failed = reader_run(&run, all->watch, &notes, &result, err);
	if (failed)
		return failed;
	failed = take_result(layer, result, known, err);
	json_decref(result);
	return failed;
}

static int pack(struct committing *all, int folder, bool topmost, struct error *err)
{
	struct layer *layer = &all->layers[all->layer_count];
	const char *packed = arena_print(&all->arena, "%s/packed", all->made);
	/* The topmost is a container's, and gone with it. */
	bool shows = !topmost && !store_is_lent() && known_shows(folder);
	bool known = shows && is_known(all, folder, layer);

	if (shows && !known)
		clean(folder);
	int got = read_folder(all, folder, layer, topmost, known, packed, err);
	if (got < 0)
		return got;
	layer->settled = layer->settled && shows;
	name_chain(all, layer);
	if (got > 0 && rename(packed, arena_print(&all->arena, "%s/blobs/%s", all->made, layer->hex)) < 0)
		return fail(err, errno, "rename %s", vis(packed));
	if (got == 0 || is_there(all, layer, false))
		all->known_count++;
	all->layer_count++;
	return 0;
}

/* From now on it is known; where that cannot be noted it is packed once more. */
static void note(const struct committing *all)
{
	size_t base = all->base ? all->base->layer_count : 0;
	struct error ignored;
	bool any = false;

	for (size_t i = 0; i < all->layer_count; i++)
		any = any || all->layers[i].settled;
	cleanup_fd int store = any ? store_lock(all->store, &ignored) : -1;
	for (size_t i = 0; i < all->layer_count && store >= 0; i++)
		if (all->layers[i].settled)
			known_write(store, all->stack->folders[base + i], &all->layers[i].looks);
}

/* ---- tars become layers ---- */

/* A blob of the image below, to be read by the code that makes the new config. */
static int copy_blob(struct committing *all, const char *digest, struct error *err)
{
	const char *hex = digest + strlen(DIGEST_PREFIX);
	cleanup_text struct text text = { 0 };

	const char *from = arena_print(&all->arena, "%s/blobs/sha256/%s", all->store, hex);
	const char *to = arena_print(&all->arena, "%s/blobs/%s", all->made, hex);
	cleanup_fd int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || read_file(AT_FDCWD, from, 16 << 20, &text) < 0 ||
	    write_fd(fd, text_of(&text), text.len) < 0)
		return fail(err, errno, "copy %s", vis(from));
	return 0;
}

/* The names of the layers' folders in the store that are below those to be unpacked. */
static struct image_below list_below(struct committing *all)
{
	size_t base = all->base ? all->base->layer_count : 0;
	const char **names = arena_new(&all->arena, (base + all->known_count + 1) * sizeof(*names));

	for (size_t i = 0; i < base; i++)
		names[i] = path_name(all->base->layers[i].folder);
	for (size_t i = 0; i < all->known_count; i++)
		names[base + i] = all->layers[i].chain;
	return (struct image_below){ names, base + all->known_count, all->held, all->held_count };
}

static int unpack(struct committing *all, const struct image_below *below, json_t **result, struct error *err)
{
	const struct image *base = all->base;
	const char **args = arena_new(&all->arena, (all->layer_count + below->count + 20) * sizeof(*args));
	size_t n = 0;

	args[n++] = "commit";
	args[n++] = "--target";
	args[n++] = all->made;
	args[n++] = "--limit";
	args[n++] = LIMIT;
	args[n++] = "--by";
	args[n++] = all->stack->by;
	args[n++] = "--comment";
	args[n++] = all->stack->comment;
	if (base) {
		if (copy_blob(all, base->digest, err) < 0 || copy_blob(all, base->id, err) < 0)
			return -1;
		args[n++] = "--manifest";
		args[n++] = base->digest + strlen(DIGEST_PREFIX);
		args[n++] = "--config";
		args[n++] = base->id + strlen(DIGEST_PREFIX);
	}
	if (below->count) {
		args[n++] = "--folder";
		args[n++] = arena_print(&all->arena, "%s/layers/sha256", all->store);
	}
	for (size_t i = 0; i < below->count; i++)
		args[n++] = arena_print(&all->arena, "--base=%s", below->folders[i]);
	for (size_t i = 0; i < all->known_count; i++)
		args[n++] = arena_print(&all->arena, "--known=%s", all->layers[i].hex);
	args[n++] = "--";
	for (size_t i = all->known_count; i < all->layer_count; i++)
		args[n++] = all->layers[i].hex;
	cleanup_fd int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct reader_run run = { (char *const *)args, nothing, -1, -1 };
	return reader_run(&run, all->watch, &all->ret->notes, result, err);
}

static int commit(struct committing *all, struct error *err)
{
	const struct image_stack *stack = all->stack;
	json_t *result;

	if (store_path(all->store, sizeof(all->store), err) < 0 || find_base(all, err) < 0)
		return -1;
	cleanup_fd int store = store_open(all->store, err);
	/* Nobody may take it away meanwhile. */
	cleanup_fd int held = store >= 0 && all->base ? image_hold(all->base, err) : -1;
	if (store < 0 || (all->base && held < 0))
		return -1;
	all->store_fd = store;
	all->layers = arena_new(&all->arena, (stack->count + 1) * sizeof(*all->layers));
	all->held = arena_new(&all->arena, 2 * stack->count * sizeof(*all->held));
	if (mkdir(arena_print(&all->arena, "%s/blobs", all->made), 0700) < 0)
		return fail(err, errno, "mkdir %s/blobs", vis(all->made));
	for (size_t i = all->base ? all->base->layer_count : 0; i < stack->count; i++) {
		int failed = pack(all, stack->folders[i], i + 1 == stack->count, err);
		if (failed)
			return failed;
	}
	if (!all->layer_count)
		return fail_id(err, ERR_STORE_DAMAGED, 0, "nothing has changed since the image %s", vis(all->base->name));
	const struct image_below below = list_below(all);
	int failed = unpack(all, &below, &result, err);
	if (failed)
		return failed;
	failed = image_publish(all->made, result, &below, all->ret, err);
	json_decref(result);
	if (!failed)
		note(all);
	return failed;
}

int image_commit(const struct image_stack *stack, const char *name, const struct image_watch *watch,
		 struct image_made *ret, char *base, size_t size, struct error *err)
{
	struct committing all = { .stack = stack, .watch = watch, .ret = ret };
	char made[4100];

	*ret = (struct image_made){ 0 };
	base[0] = '\0';
	const char *full = image_name(name, &all.arena, err);
	store_clear();
	cleanup_fd int lock = full ? store_fresh(made, sizeof(made), err) : -1;
	int failed = -1;
	if (lock >= 0) {
		snprintf(ret->name, sizeof(ret->name), "%s", full);
		all.made = made;
		failed = commit(&all, err);
		remove_tree(AT_FDCWD, made);
	}
	if (all.base)
		snprintf(base, size, "%s", all.base->name);
	for (size_t i = 0; i < all.held_count; i++)
		cleanup_fd_(&all.held[i]);
	for (size_t i = 0; i < all.image_count; i++)
		image_done(&all.images[i]);
	free(all.images);
	arena_done(&all.arena);
	return failed;
}
