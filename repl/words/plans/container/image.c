#include "words/plans/container/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "image/image.h"
#include "image/name.h"
#include "image/store.h"
#include "words/plans/container/account.h"

/* ---- what it is ---- */

bool root_image_is_embedded(const char *name)
{
	return strcmp(name, "busybox") == 0;
}

static const char *const *one_folder(struct plan *plan, const char *folder)
{
	const char **ret = arena_new(&plan->arena, 2 * sizeof(*ret));

	ret[0] = folder;
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

static int take_image(struct plan *plan, const struct image *image, struct root_image *ret,
		      struct error *err)
{
	struct arena *arena = &plan->arena;
	const char **folders = arena_new(arena, (image->layer_count + 1) * sizeof(*folders));
	char store[4000];

	if (store_path(store, sizeof(store), err) < 0)
		return -1;
	if (!image->layer_count)
		return fail_id(err, ERR_IMAGE_EMPTY, 0, "the image %s has no layers: there is nothing to run", vis(image->name));
	for (size_t i = 0; i < image->layer_count; i++)
		folders[i] = arena_copy(arena, image->layers[image->layer_count - 1 - i].folder);
	ret->stored = true;
	ret->name = arena_copy(arena, image->name);
	ret->folders = folders;
	ret->record = arena_print(arena, "%s/images/%s", store, image_file(image->name, arena));
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

int root_image_find(const struct context *context, struct plan *plan, const char *name,
	       struct root_image *ret, struct error *err)
{
	cleanup_image struct image image = { 0 };
	bool bare = !name;

	name = bare ? "busybox" : name;
	*ret = (struct root_image){ .name = name, .workdir = "", .user = "",
			       .dialect = overlay_dialect_to_be(context->facts, NULL, NULL) };
	/* Somebody's own image of that name goes before the one that is made here. */
	bool path = name[0] == '/' || name[0] == '.';
	bool own = !bare && !path && image_find(name, &image, err) == 0;
	if (!own && !bare && root_image_is_embedded(name) && err->code != ENOENT)
		return -1;
	if (!own && root_image_is_embedded(name)) {
		ret->embedded = true;
		ret->folders = one_folder(plan, context->busybox);
		return 0;
	}
	if (own) {
		int failed = take_image(plan, &image, ret, err);
		if (!failed)
			drop_doubles((const char **)ret->folders);
		return failed;
	}
	const char *folder = path_here(context, plan, name);
	unsigned mode;
	if (mode_here(context, folder, &mode, err) < 0)
		return -1;
	if (S_ISDIR(mode)) {
		ret->folders = one_folder(plan, folder);
		return 0;
	}
	if (!path)
		return -1;
	fail_id(err, ERR_PATH_HOST_ABSENT, 0, "there is no folder %s", vis(name));
	return fail_why(err, "an image is busybox, one that image ls lists, or a folder that holds a root file system");
}

void plan_root_image(struct plan *plan, const struct root_image *image)
{
	if (!image->record)
		return;
	struct op *op = plan_add(plan, OP_lock);
	op->lock.file.path = image->record;
	op->lock.file.flags = O_RDONLY;
}

unsigned root_image_mode(const struct root_image *image, const char *path)
{
	struct layers layers;
	struct stat st;

	layers_of(image->folders, image->dialect, &layers);
	int found = layers_stat(&layers, path + (path[0] == '/'), &st);
	layers_done(&layers);
	return found < 0 ? 0 : st.st_mode;
}

const char *stock_follow(const struct root_image *image, struct arena *arena, const char *path)
{
	struct layers layers;

	if (image->embedded)
		return path;
	layers_of(image->folders, image->dialect, &layers);
	const char *found = layers_follow(&layers, path);
	const char *ret = found ? arena_copy(arena, found) : NULL;
	layers_done(&layers);
	return ret;
}

/* ---- the words ---- */

static const struct flag_spec env_flag = { "--env", 'e', "K=V", .many = true };
static const struct flag_spec workdir_flag = { "--workdir", 'w', "DIR" };
static const struct flag_spec user_flag = { "--user", 'u', "USER" };

static void add_flag(struct words *words, const struct flag_spec *spec, const char *value)
{
	words->flags[words->flag_count].spec = spec;
	words->flags[words->flag_count++].value = (struct word){ value, words->name.column };
}

/* The value that the last setting of this name has; NULL where none has it. */
static const char *env_value(const struct words *words, const char *setting)
{
	size_t name = strcspn(setting, "=");
	const char *given, *ret = NULL;

	for (size_t i = 0; (given = words_flag_nth(words, "--env", i)); i++)
		if (strncmp(given, setting, name) == 0 && given[name] == '=')
			ret = given + name + 1;
	return ret;
}

static void set_user(struct words *words, const char *user)
{
	for (size_t i = 0; i < words->flag_count; i++)
		if (strcmp(words->flags[i].spec->name, "--user") == 0)
			words->flags[i].value.s = user;
	if (!words_flag(words, "--user"))
		add_flag(words, &user_flag, user);
}

/* A home folder that is empty is as good as none: so runc has it. */
static int add_user(const struct root_image *image, struct plan *plan, struct words *words,
		    struct error *err)
{
	const char *given = words_flag(words, "--user"), *home = env_value(words, "HOME=");
	const char *user = given ? given : image->user;
	struct account account;

	/* Numbers need no look at files that are not an image's, nor does root. */
	if (!image->stored && (!*user || !user[strspn(user, "0123456789")]))
		return 0;
	if (account_find(image, &plan->arena, user, &account, err) < 0) {
		if (!given)
			fail_wrap(err, "the image %s has User %s", vis(image->name), vis(user));
		return -1;
	}
	if (*user)
		set_user(words, arena_print(&plan->arena, "%u:%u", account.uid, account.gid));
	if (!home || !*home)
		add_flag(words, &env_flag, arena_print(&plan->arena, "HOME=%s", account.home));
	return 0;
}

static size_t length_of(const char *const *list)
{
	size_t count = 0;

	while (list && list[count])
		count++;
	return count;
}

static void add_args(struct words *words, const char *const *list)
{
	for (; list && *list; list++)
		words->args[words->count++] = (struct word){ *list, words->name.column };
}

/* docker's rule: Entrypoint goes before what was typed, or before Cmd where nothing was; another
 * entry point takes Cmd away with it. */
static void add_program(const struct root_image *image, struct plan *plan, const struct words *typed,
			struct words *ret)
{
	const char *entry = words_flag(typed, "--entrypoint");
	const char *const *before = entry ? (*entry ? one_folder(plan, entry) : NULL) :
					    image->entrypoint;
	bool wanted = typed->count || words_flag(typed, "--run") || entry ||
		      words_flag(typed, "--interactive") || words_flag(typed, "--tty") ||
		      words_flag(typed, "--detach");

	ret->args = arena_new(&plan->arena, (length_of(before) + length_of(image->cmd) + typed->count +
					     1) * sizeof(*ret->args));
	ret->count = 0;
	if (!wanted)
		return;
	add_args(ret, before);
	if (!typed->count && !entry)
		add_args(ret, image->cmd);
	for (size_t i = 0; i < typed->count; i++)
		ret->args[ret->count++] = typed->args[i];
}

/* docker refuses one that is not absolute, too: what it would be relative to is nobody's knowledge. */
static int add_workdir(const struct root_image *image, const struct words *typed, struct words *ret,
		       struct error *err)
{
	if (!*image->workdir || words_flag(typed, "--workdir"))
		return 0;
	if (image->workdir[0] == '/') {
		add_flag(ret, &workdir_flag, image->workdir);
		return 0;
	}
	if (!ret->count)
		return 0;
	fail_id(err, ERR_PROGRAM_USER, 0, "the image %s has WorkingDir %s, which is not an absolute path", vis(image->name),
	     vis(image->workdir));
	return fail_fix(err, "--workdir /%s, or another", vis(image->workdir));
}

int root_image_words(const struct root_image *image, struct plan *plan, const struct words *typed,
		struct words *ret, struct error *err)
{
	size_t room = typed->flag_count + length_of(image->env) + 4;

	*ret = *typed;
	ret->flags = arena_new(&plan->arena, room * sizeof(*ret->flags));
	for (size_t i = 0; i < typed->flag_count; i++)
		ret->flags[i] = typed->flags[i];
	add_program(image, plan, typed, ret);
	if (words_flag(typed, "--run") && !ret->count) {
		fail_id(err, ERR_IMAGE_EMPTY, 0, "%s: the image %s defines no program to run", typed->name.s,
		     vis(image->name));
		return fail_fix(err, "name one: container --image %s -- PROGRAM", vis(image->name));
	}
	for (const char *const *setting = image->env; setting && *setting; setting++)
		if (strchr(*setting, '=') && (*setting)[0] != '=' && !env_value(typed, *setting))
			add_flag(ret, &env_flag, *setting);
	if (add_workdir(image, typed, ret, err) < 0)
		return -1;
	return add_user(image, plan, ret, err);
}
