/* Parts of plans: a program, its arguments, environment and user. */
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "words/plans/plans.h"

void plan_way(const struct words *words, struct plan *plan)
{
	bool tty = words_flag(words, "--tty"), input = words_flag(words, "--interactive");

	plan->program = tty ? PROGRAM_TERMINAL : input ? PROGRAM_INPUT : PROGRAM_WAIT;
	plan->untyped = tty && !input;
}

int plan_name(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err)
{
	const char *name = words_flag(words, "--name");

	if (!name)
		return 0;
	if (!name[0] || name[0] == '%' || !name[strspn(name, "0123456789")])
		return fail_id(err, ERR_NAME_INVALID, 0, "%s: a name is not a number and does not begin with %%: %s",
			    words->name.s, vis(name));
	pid_t pid = context->named ? context->named(context, name) : 0;
	if (pid) {
		fail_id(err, ERR_NAME_USED, 0, "%s: --name %s is in use by process %d", words->name.s, vis(name), pid);
		return fail_fix(err, "another name, or kill %s KILL first; jobs lists what runs", vis(name));
	}
	plan->label = arena_copy(&plan->arena, name);
	return 0;
}

bool parse_user(const char *s, uint64_t *uid, uint64_t *gid)
{
	char word[16];
	const char *colon = strchr(s, ':');
	size_t length = colon ? (size_t)(colon - s) : strlen(s);

	if (length == 0 || length >= sizeof(word) || strspn(s, "0123456789") != length)
		return false;
	memcpy(word, s, length);
	word[length] = '\0';
	*uid = strtoull(word, NULL, 10);
	*gid = *uid;
	if (colon) {
		if (!colon[1] || strlen(colon + 1) > 10 || colon[1 + strspn(colon + 1, "0123456789")])
			return false;
		*gid = strtoull(colon + 1, NULL, 10);
	}
	return *uid < UINT32_MAX && *gid < UINT32_MAX;
}

/* The last setting of a name is the one that counts, at the place of the first: docker's rule. */
static void set(const char **env, size_t *count, const char *setting)
{
	size_t name = strcspn(setting, "=") + 1, i = 0;

	while (i < *count && strncmp(env[i], setting, name) != 0)
		i++;
	env[i] = setting;
	*count += i == *count;
}

/* A clean environment: nothing of the caller's own gets in but TERM. */
static int environment(const struct context *context, struct plan *plan,
		       const struct words *words, const char *const **ret, struct error *err)
{
	const char *term = getenv("TERM");
	const char *defaults[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		arena_print(&plan->arena, "TERM=%s", term && words_flag(words, "--tty") ? term : "dumb"),
		context->child->hostname[0] ?
			arena_print(&plan->arena, "HOSTNAME=%s", context->child->hostname) : NULL,
	};
	const char **env = arena_new(&plan->arena, (words->flag_count + 5) * sizeof(*env));
	const char *setting;
	size_t count = 0;

	for (size_t i = 0; i < COUNT(defaults); i++)
		if (defaults[i])
			set(env, &count, arena_copy(&plan->arena, defaults[i]));
	for (size_t n = 0; (setting = words_flag_nth(words, "--env", n)); n++) {
		if (setting[0] == '=' || !strchr(setting, '='))
			return fail_id(err, ERR_PROGRAM_ENV, 0, "%s: --env takes NAME=VALUE, not %s", words->name.s,
				    vis(setting));
		/* A home folder that is empty is as good as none. */
		if (strcmp(setting, "HOME=") != 0)
			set(env, &count, arena_copy(&plan->arena, setting));
	}
	*ret = env;
	return 0;
}

int plan_program(const struct context *context, struct plan *plan, enum op_kind kind,
		 const struct words *words, size_t first, struct error *err)
{
	const char **argv = arena_new(&plan->arena, (words->count - first + 1) * sizeof(*argv));
	const char *user = words_flag(words, "--user"), *cwd = words_flag(words, "--workdir");
	const char *const *envp = NULL;

	for (size_t i = first; i < words->count; i++)
		argv[i - first] = arena_copy(&plan->arena, words->args[i].s);
	if (!argv[0] || !argv[0][0])
		return fail_id(err, ERR_PROGRAM_MISSING, 0, "%s: which program?", words->name.s);
	if (environment(context, plan, words, &envp, err) < 0)
		return -1;
	struct op *op = plan_add(plan, kind);
	op->exec.argv = argv;
	op->exec.envp = envp;
	op->exec.cwd = cwd ? arena_copy(&plan->arena, cwd) : NULL;
	op->exec.rows = context->rows;
	op->exec.columns = context->columns;
	if (user && !parse_user(user, &op->exec.uid, &op->exec.gid))
		return fail_id(err, ERR_PROGRAM_USER, 0, "%s: --user takes UID or UID:GID in numbers, not %s",
			    words->name.s, vis(user));
	return 0;
}
