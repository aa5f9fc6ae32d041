#include "words/plans/container/image_program.h"

#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "words/language/words.h"
#include "words/plans/container/account.h"

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
		    const char **groups, struct error *err)
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
	*groups = account.groups;
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

bool image_program_wanted(const struct words *typed)
{
	static const char *const flags[] = { "--run", "--entrypoint", "--interactive", "--tty", "--detach" };

	for (size_t i = 0; i < COUNT(flags); i++)
		if (words_flag(typed, flags[i]))
			return true;
	return typed->count > 0;
}

/* docker's rule: Entrypoint goes before what was typed, or before Cmd where nothing was; another
 * entry point takes Cmd away with it. */
static void add_program(const struct root_image *image, struct plan *plan, const struct words *typed,
			struct words *ret)
{
	const char *entry = words_flag(typed, "--entrypoint");
	const char *const *before = entry ? (*entry ? list_of_one(&plan->arena, entry) : NULL) :
					    image->entrypoint;

	ret->args = arena_new(&plan->arena, (length_of(before) + length_of(image->cmd) + typed->count +
					     1) * sizeof(*ret->args));
	ret->count = 0;
	if (!image_program_wanted(typed))
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

int image_program(const struct root_image *image, struct plan *plan, const struct words *typed,
		  struct words *ret, const char **groups, struct error *err)
{
	size_t room = typed->flag_count + length_of(image->env) + 4;

	*groups = NULL;
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
	return add_user(image, plan, ret, groups, err);
}
