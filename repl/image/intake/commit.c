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
#include "image/intake/publish.h"
#include "image/intake/reader.h"

#define LIMIT "1152921504606846976" /* 1 EiB: it is on this machine already */

struct committing {
	struct arena arena;
	const struct image_stack *stack;
	const struct image_watch *watch;
	struct image_made *ret;
	const char *made;    /* the folder in scratch */
	struct image base;   /* name is NULL where there is none */
	char (*layers)[65];  /* digests of the new ones */
	size_t layer_count;
};

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
	struct image *list;
	size_t count, broken, best = 0;
	struct error ignored;

	if (image_list(&list, &count, &broken, &ignored) < 0) {
		*err = ignored;
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		if (list[i].layer_count > best && begins_with(all->stack, &list[i])) {
			best = list[i].layer_count;
			image_done(&all->base);
			all->base = list[i];
		} else {
			image_done(&list[i]);
		}
	}
	free(list);
	return 0;
}

/* ---- folders become tars ---- */

static int pack(struct committing *all, int folder, bool topmost,
		struct error *err)
{
	const struct image_stack *stack = all->stack;
	size_t without = topmost ? stack->without_count : 0, n = 0;
	const char **args = arena_new(&all->arena, (without + 7) * sizeof(*args));
	struct image_notes notes = { 0 };
	json_t *result;

	args[n++] = "pack";
	args[n++] = "--limit";
	args[n++] = LIMIT;
	if (stack->userns >= 0)
		args[n++] = "--userns";
	if (stack->userxattr)
		args[n++] = "--userxattr";
	args[n++] = "--";
	for (size_t i = 0; i < without; i++)
		args[n++] = stack->without[i];
	const char *packed = arena_print(&all->arena, "%s/packed", all->made);
	cleanup_fd int output = open(packed, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (output < 0)
		return fail(err, errno, "open %s", vis(packed));
	const struct reader_run run = { (char *const *)args, folder, stack->userns, output };
	int failed = reader_run(&run, all->watch, &notes, &result, err);
	if (failed)
		return failed;
	const char *hex = json_string_value(json_object_get(result, "digest"));
	bool good = hex && strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64;
	if (good)
		strcpy(all->layers[all->layer_count++], hex);
	json_decref(result);
	if (!good)
		return fail_id(err, ERR_READER_FAILED, 0, "the archive reader gave no valid result");
	const char *blob = arena_print(&all->arena, "%s/blobs/%s", all->made,
				       all->layers[all->layer_count - 1]);
	return rename(packed, blob) < 0 ? fail(err, errno, "rename %s", vis(packed)) : 0;
}

/* ---- tars become layers ---- */

/* A blob of the image below, to be read by the code that makes the new config. */
static int copy_blob(struct committing *all, const char *digest, struct error *err)
{
	const char *hex = digest + strlen(DIGEST_PREFIX);
	cleanup_text struct text text = { 0 };
	char store[4000];

	if (store_path(store, sizeof(store), err) < 0)
		return -1;
	const char *from = arena_print(&all->arena, "%s/blobs/sha256/%s", store, hex);
	const char *to = arena_print(&all->arena, "%s/blobs/%s", all->made, hex);
	cleanup_fd int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || read_file(AT_FDCWD, from, 16 << 20, &text) < 0 ||
	    write_fd(fd, text_of(&text), text.len) < 0)
		return fail(err, errno, "copy %s", vis(from));
	return 0;
}

static int unpack(struct committing *all, json_t **result, struct error *err)
{
	const struct image *base = &all->base;
	const char **args = arena_new(&all->arena, (all->layer_count + base->layer_count + 20) *
							   sizeof(*args));
	char store[4000];
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
	if (base->name) {
		if (copy_blob(all, base->digest, err) < 0 || copy_blob(all, base->id, err) < 0 ||
		    store_path(store, sizeof(store), err) < 0)
			return -1;
		args[n++] = "--manifest";
		args[n++] = base->digest + strlen(DIGEST_PREFIX);
		args[n++] = "--config";
		args[n++] = base->id + strlen(DIGEST_PREFIX);
		args[n++] = "--folder";
		args[n++] = arena_print(&all->arena, "%s/layers/sha256", store);
	}
	for (size_t i = 0; base->name && i < base->layer_count; i++)
		args[n++] = arena_print(&all->arena, "--base=%s", path_name(base->layers[i].folder));
	args[n++] = "--";
	for (size_t i = 0; i < all->layer_count; i++)
		args[n++] = all->layers[i];
	cleanup_fd int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct reader_run run = { (char *const *)args, nothing, -1, -1 };
	return reader_run(&run, all->watch, &all->ret->notes, result, err);
}

static int publish(struct committing *all, const json_t *result, struct error *err)
{
	const struct image *base = &all->base;
	const char **names = arena_new(&all->arena, (base->layer_count + 1) * sizeof(*names));

	for (size_t i = 0; i < base->layer_count; i++)
		names[i] = path_name(base->layers[i].folder);
	const struct image_below below = { names, base->layer_count };
	return image_publish(all->made, result, &below, all->ret, err);
}

static int commit(struct committing *all, struct error *err)
{
	const struct image_stack *stack = all->stack;
	json_t *result;

	if (find_base(all, err) < 0)
		return -1;
	/* Nobody may take it away meanwhile. */
	cleanup_fd int held = all->base.name ? image_hold(&all->base, err) : -1;
	if (all->base.name && held < 0)
		return -1;
	all->layers = arena_new(&all->arena, (stack->count + 1) * sizeof(*all->layers));
	if (mkdir(arena_print(&all->arena, "%s/blobs", all->made), 0700) < 0)
		return fail(err, errno, "mkdir %s/blobs", vis(all->made));
	for (size_t i = all->base.layer_count; i < stack->count; i++) {
		int failed = pack(all, stack->folders[i], i + 1 == stack->count, err);
		if (failed)
			return failed;
	}
	if (!all->layer_count)
		return fail_id(err, ERR_STORE_DAMAGED, 0, "nothing has changed since the image %s", vis(all->base.name));
	int failed = unpack(all, &result, err);
	if (failed)
		return failed;
	failed = publish(all, result, err);
	json_decref(result);
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
	if (all.base.name)
		snprintf(base, size, "%s", all.base.name);
	image_done(&all.base);
	arena_done(&all.arena);
	return failed;
}
