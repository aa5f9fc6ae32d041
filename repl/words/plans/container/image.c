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

enum { MOST_ACCOUNTS = 1 << 20 /* bytes of /etc/passwd, which is the image's */ };

/* ---- what it is ---- */

bool stock_is_embedded(const char *name)
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

static int take_image(struct plan *plan, const struct image *image, struct stock *ret,
		      struct error *err)
{
	struct arena *arena = &plan->arena;
	const char **folders = arena_new(arena, (image->layer_count + 1) * sizeof(*folders));
	char store[4000];

	if (store_path(store, sizeof(store), err) < 0)
		return -1;
	if (!image->layer_count)
		return fail(err, 0, "the image %s has no layers: there is nothing to run", vis(image->name));
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

int stock_find(const struct context *context, struct plan *plan, const char *name,
	       struct stock *ret, struct error *err)
{
	cleanup_image struct image image = { 0 };
	bool bare = !name;

	name = bare ? "busybox" : name;
	*ret = (struct stock){ .name = name, .workdir = "", .user = "",
			       .dialect = overlay_dialect_to_be(context->facts, NULL, NULL) };
	/* Somebody's own image of that name goes before the one that is made here. */
	bool path = name[0] == '/' || name[0] == '.';
	bool own = !bare && !path && image_find(name, &image, err) == 0;
	if (!own && !bare && stock_is_embedded(name) && err->code != ENOENT)
		return -1;
	if (!own && stock_is_embedded(name)) {
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
	if (S_ISDIR(mode_here(context, folder))) {
		ret->folders = one_folder(plan, folder);
		return 0;
	}
	if (!path)
		return -1;
	fail(err, 0, "there is no folder %s", vis(name));
	return fail_why(err, "an image is busybox, one that image ls lists, or a folder that holds a root file system");
}

void plan_stock(struct plan *plan, const struct stock *stock)
{
	if (!stock->record)
		return;
	struct op *op = plan_add(plan, OP_hold);
	op->hold.file.path = stock->record;
	op->hold.file.flags = O_RDONLY;
}

unsigned stock_mode(const struct stock *stock, const char *path)
{
	struct layers layers;
	struct stat st;

	layers_of(stock->folders, stock->dialect, &layers);
	int found = layers_stat(&layers, path + (path[0] == '/'), &st);
	layers_done(&layers);
	return found < 0 ? 0 : st.st_mode;
}

const char *stock_follow(const struct stock *stock, struct arena *arena, const char *path)
{
	struct layers layers;

	if (stock->embedded)
		return path;
	layers_of(stock->folders, stock->dialect, &layers);
	const char *found = layers_follow(&layers, path);
	const char *ret = found ? arena_copy(arena, found) : NULL;
	layers_done(&layers);
	return ret;
}

/* ---- who it is run as ---- */

/* A file of accounts: an ordinary one of the image, and not too large. */
static bool read_accounts(const struct stock *stock, const char *path, struct text *ret)
{
	struct layers layers;
	struct stat st;

	layers_of(stock->folders, stock->dialect, &layers);
	const char *there = layers_follow(&layers, path);
	cleanup_fd int fd = there ? layers_open(&layers, there, O_RDONLY | O_NONBLOCK) : -1;
	layers_done(&layers);
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       read_fd(fd, MOST_ACCOUNTS, ret) == 0;
}

/* Field n of a line of passwd(5) or group(5), in arena. */
static const char *account_field(struct arena *arena, const char *line, size_t n)
{
	size_t length = strcspn(line, "\n");

	for (; n > 0; n--) {
		size_t skip = strcspn(line, ":\n");
		if (skip >= length)
			return "";
		line += skip + 1;
		length -= skip + 1;
	}
	return arena_copyn(arena, line, strcspn(line, ":\n"));
}

/* The line whose field is value; NULL where there is none. */
static const char *find_account(struct arena *arena, const char *text, size_t field,
				const char *value)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strcmp(account_field(arena, line, field), value) == 0)
			return line;
	return NULL;
}

/* Numbers, and the home folder, of "USER[:GROUP]". */
struct account {
	const char *uid, *gid, *home;
};

static bool is_number(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

static int fail_account(const struct stock *stock, const char *what, const char *name,
			const char *file, struct error *err)
{
	fail(err, 0, "there is no %s %s in %s of the image %s", what, vis(name), file, vis(stock->name));
	return fail_fix(err, "--user takes numbers, too: --user 1000:1000");
}

static int find_user(const struct stock *stock, struct arena *arena, const char *given,
		     struct account *ret, struct error *err)
{
	cleanup_text struct text passwd = { 0 }, group = { 0 };
	const char *colon = strchr(given, ':');
	const char *user = arena_copyn(arena, given, colon ? (size_t)(colon - given) : strlen(given));
	const char *of = colon ? colon + 1 : NULL;

	read_accounts(stock, "etc/passwd", &passwd);
	const char *line = find_account(arena, text_of(&passwd), is_number(user) ? 2 : 0, user);
	if (!line && !is_number(user))
		return fail_account(stock, "user", user, "/etc/passwd", err);
	ret->uid = line ? account_field(arena, line, 2) : user;
	ret->gid = line ? account_field(arena, line, 3) : "0";
	ret->home = line ? account_field(arena, line, 5) : "/";
	if (of && is_number(of)) {
		ret->gid = of;
	} else if (of) {
		read_accounts(stock, "etc/group", &group);
		line = find_account(arena, text_of(&group), 0, of);
		if (!line)
			return fail_account(stock, "group", of, "/etc/group", err);
		ret->gid = account_field(arena, line, 2);
	}
	return 0;
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

/* Whether a setting of this name is among the words already. */
static bool has_env(const struct words *words, const char *setting)
{
	size_t name = strcspn(setting, "=") + 1;
	const char *given;

	for (size_t i = 0; (given = words_flag_nth(words, "--env", i)); i++)
		if (strncmp(given, setting, name) == 0)
			return true;
	return false;
}

static int add_user(const struct stock *stock, struct plan *plan, struct words *words,
		    struct error *err)
{
	const char *given = words_flag(words, "--user");
	const char *user = given ? given : stock->user;
	struct account account = { 0 };

	/* Numbers need no look at the image's files, unless the home folder is to be known. */
	if (!*user || (!stock->stored && is_number(user)))
		return 0;
	if (find_user(stock, &plan->arena, user, &account, err) < 0)
		return -1;
	user = !given || strcmp(account.uid, given) != 0 || stock->stored ?
		arena_print(&plan->arena, "%s:%s", account.uid, account.gid) : given;
	for (size_t i = 0; i < words->flag_count; i++)
		if (strcmp(words->flags[i].spec->name, "--user") == 0)
			words->flags[i].value.s = user;
	if (!given)
		add_flag(words, &user_flag, user);
	if (account.home[0] == '/' && !has_env(words, "HOME="))
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
static void add_program(const struct stock *stock, struct plan *plan, const struct words *typed,
			struct words *ret)
{
	const char *entry = words_flag(typed, "--entrypoint");
	const char *const *before = entry ? (*entry ? one_folder(plan, entry) : NULL) :
					    stock->entrypoint;
	bool wanted = typed->count || words_flag(typed, "--run") || entry ||
		      words_flag(typed, "--interactive") || words_flag(typed, "--tty") ||
		      words_flag(typed, "--detach");

	ret->args = arena_new(&plan->arena, (length_of(before) + length_of(stock->cmd) + typed->count +
					     1) * sizeof(*ret->args));
	ret->count = 0;
	if (!wanted)
		return;
	add_args(ret, before);
	if (!typed->count && !entry)
		add_args(ret, stock->cmd);
	for (size_t i = 0; i < typed->count; i++)
		ret->args[ret->count++] = typed->args[i];
}

int stock_words(const struct stock *stock, struct plan *plan, const struct words *typed,
		struct words *ret, struct error *err)
{
	size_t room = typed->flag_count + length_of(stock->env) + 4;

	*ret = *typed;
	ret->flags = arena_new(&plan->arena, room * sizeof(*ret->flags));
	for (size_t i = 0; i < typed->flag_count; i++)
		ret->flags[i] = typed->flags[i];
	add_program(stock, plan, typed, ret);
	if (words_flag(typed, "--run") && !ret->count) {
		fail(err, 0, "%s: the image %s defines no program to run", typed->name.s,
		     vis(stock->name));
		return fail_fix(err, "name one: container --image %s -- PROGRAM", vis(stock->name));
	}
	for (const char *const *setting = stock->env; setting && *setting; setting++)
		if (strchr(*setting, '=') && (*setting)[0] != '=' && !has_env(ret, *setting))
			add_flag(ret, &env_flag, *setting);
	if (stock->workdir[0] == '/' && !words_flag(typed, "--workdir"))
		add_flag(ret, &workdir_flag, stock->workdir);
	return add_user(stock, plan, ret, err);
}
