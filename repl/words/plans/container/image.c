#include "words/plans/container/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "image/eyes.h"
#include "image/image.h"
#include "image/name.h"

bool root_image_is_embedded(const char *name)
{
	return strcmp(name, "busybox") == 0;
}

const char *const *list_of_one(struct arena *arena, const char *s)
{
	const char **ret = arena_new(arena, 2 * sizeof(*ret));

	ret[0] = s;
	return ret;
}

static const char *const *copy_list(struct arena *arena, const char *const *list)
{
	size_t count = 0;

	while (list && list[count])
		count++;
	const char **ret = arena_new(arena, (count + 1) * sizeof(*ret));
	for (size_t i = 0; i < count; i++)
		ret[i] = arena_copy(arena, list[i]);
	return ret;
}

static int take_image(const struct store_eyes *eyes, struct plan *plan, const struct image *image,
		      struct root_image *ret, struct error *err)
{
	struct arena *arena = &plan->arena;
	const char **folders = arena_new(arena, (image->layer_count + 1) * sizeof(*folders));
	char store[4000];

	if (seen_place(eyes, store, sizeof(store), err) < 0)
		return -1;
	if (!image->layer_count)
		return fail_id(err, ERR_IMAGE_EMPTY, 0, "the image %s has no layers: there is nothing to run", vis(image->name));
	for (size_t i = 0; i < image->layer_count; i++)
		folders[i] = arena_copy(arena, image->layers[image->layer_count - 1 - i].folder);
	ret->stored = true;
	ret->name = arena_copy(arena, image->name);
	ret->folders = folders;
	ret->record = arena_print(arena, "%s/images/%s", store, image_file(image->name, arena));
	ret->digest = arena_copy(arena, image->digest);
	ret->env = copy_list(arena, image->env);
	ret->cmd = copy_list(arena, image->cmd);
	ret->entrypoint = copy_list(arena, image->entrypoint);
	ret->volumes = copy_list(arena, image->volumes);
	ret->workdir = arena_copy(arena, image->workdir);
	ret->user = arena_copy(arena, image->user);
	return 0;
}

/* The same layer may stand at two places of an image; overlay takes each folder once, and the
 * upper one is the one that counts. */
static void drop_doubles(const char **folders)
{
	size_t kept = 0;

	for (size_t i = 0; folders[i]; i++) {
		size_t earlier = 0;
		while (earlier < kept && strcmp(folders[earlier], folders[i]) != 0)
			earlier++;
		if (earlier == kept)
			folders[kept++] = folders[i];
	}
	folders[kept] = NULL;
}

/* Whether there is no such image, or can be none; elsewhere nobody has looked. */
static bool is_no_image(const struct error *err)
{
	return strcmp(err->id, error_row(ERR_IMAGE_ABSENT)->id) == 0 ||
	       strcmp(err->id, error_row(ERR_NAME_INVALID)->id) == 0;
}

int root_image_find(const struct context *context, struct plan *plan, const char *name,
	       struct root_image *ret, struct error *err)
{
	cleanup_image struct image image = { 0 };
	bool bare = !name;

	name = bare ? "busybox" : name;
	*ret = (struct root_image){ .eyes = context->eyes, .name = name, .workdir = "", .user = "",
			       .dialect = overlay_dialect_to_be(context->facts, NULL, NULL) };
	/* Somebody's own image of that name goes before the one that is made here. */
	bool path = name[0] == '/' || name[0] == '.';
	bool own = !bare && !path && seen_image(context->store, name, &image, err) == 0;
	if (!own && !bare && !path && !is_no_image(err))
		return -1;
	if (!own && root_image_is_embedded(name)) {
		ret->embedded = true;
		ret->folders = list_of_one(&plan->arena, context->busybox);
		return 0;
	}
	if (own) {
		int failed = take_image(context->store, plan, &image, ret, err);
		if (!failed)
			drop_doubles((const char **)ret->folders);
		return failed;
	}
	const char *folder = path_here(context, plan, name);
	unsigned mode;
	if (mode_here(context, folder, &mode, err) < 0)
		return -1;
	if (S_ISDIR(mode)) {
		ret->folders = list_of_one(&plan->arena, folder);
		return 0;
	}
	if (!path)
		return -1;
	fail_id(err, ERR_PATH_HOST_ABSENT, 0, "there is no folder %s", vis(name));
	fail_why(err, "an image is busybox, one that image ls lists, or a folder that holds a root file system");
	return fail_fix(err, "image ls lists them; image import FILE NAME makes one");
}

void plan_root_image(struct plan *plan, const struct root_image *image)
{
	if (!image->record)
		return;
	struct op *op = plan_add(plan, OP_lock);
	op->lock.file.path = image->record;
	op->lock.has = image->digest;
	op->lock.file.flags = O_RDONLY;
}

unsigned root_image_mode(const struct root_image *image, const char *path)
{
	struct layers layers;
	struct stat st;

	layers_of(image->eyes, image->folders, image->dialect, &layers);
	int found = layers_stat(&layers, path + (path[0] == '/'), &st);
	layers_done(&layers);
	return found < 0 ? 0 : st.st_mode;
}

const char *root_image_follow(const struct root_image *image, struct arena *arena, const char *path)
{
	struct layers layers;

	if (image->embedded)
		return path;
	layers_of(image->eyes, image->folders, image->dialect, &layers);
	const char *found = layers_follow(&layers, path);
	const char *ret = found ? arena_copy(arena, found) : NULL;
	layers_done(&layers);
	return ret;
}
