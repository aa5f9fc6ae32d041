/* Parts of plans: a program, its arguments, environment and user. */
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/list.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "ops/privilege/capability.h"
#include "words/plans/plans.h"

void plan_way(const struct words *words, struct plan *plan)
{
	bool tty = words_flag(words, "--tty"), input = words_flag(words, "--interactive");

	plan->program = tty ? PROGRAM_TERMINAL : input ? PROGRAM_INPUT : PROGRAM_WAIT;
	plan->untyped = tty && !input;
}

int check_name(const struct words *words, const char *name, int column, struct error *err)
{
	enum name_fault fault = name_judge(name);

	switch (fault) {
	case NAME_FITS:
		return 0;
	case NAME_RESERVED:
		fail_id(err, ERR_NAME_INVALID, 0, "%s: %s: this name has a meaning of its own", words->name.s, name);
		break;
	case NAME_EMPTY:
		fail_id(err, ERR_NAME_INVALID, 0, "%s: the name is empty", words->name.s);
		break;
	case NAME_WRONG:
		fail_id(err, ERR_NAME_INVALID, 0, "%s: %s: not a valid name", words->name.s, vis(name));
		break;
	}
	err->column = column;
	return fault == NAME_RESERVED ? fail_fix(err, "another name, such as %s1", name) :
	       fail_fix((fail_why(err, "a name has letters, digits, dots, dashes and underscores, at "
				  "most %d, is not a number and begins with neither a dash nor a dot", NAME_LONGEST), err), "such as box or web-1");
}

int refuse_name_used(const struct context *context, const struct words *words, size_t i, const char *name,
		struct error *err)
{
	pid_t pid = context->named ? context->named(context, name) : 0;
	const char *child;
	pid_t process;

	for (size_t n = 0; context->sibling && (child = context->sibling(context, n, &process)); n++)
		if (strcmp(child, name) == 0) {
			fail_arg(err, ERR_NAME_USED, words, i, "a child is called %s", vis(name));
			err->column = words_column(words, name, i);
			return fail_fix(err, "another name, or child rm %s first; child lists them", vis(name));
		}
	if (!pid)
		return 0;
	fail_arg(err, ERR_NAME_USED, words, i, "the name %s is in use by process %d", vis(name), pid);
	err->column = words_column(words, name, i);
	return fail_fix(err, "another name, or kill %s KILL first; jobs lists what runs", vis(name));
}

int plan_name(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err)
{
	const char *name = words_flag(words, "--name");

	if (!name)
		return 0;
	if (check_name(words, name, words_column(words, name, 0), err) < 0)
		return -1;
	if (refuse_name_used(context, words, words->count, name, err) < 0)
		return -1;
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

/* Op i of a kind among those that made the child what it is, counted from 0; NULL after the last. */
static const struct op *op_of_child(const struct context *context, enum op_kind kind, size_t i)
{
	const struct plan *plan;

	for (size_t n = 0; context->pid && context->plan_of && (plan = context->plan_of(context, context->pid, n)); n++)
		for (size_t at = 0; at < plan->count; at++)
			if (plan->ops[at].op.kind == kind && i-- == 0)
				return &plan->ops[at].op;
	return NULL;
}

const char *variable_of_child(const struct context *context, const char *name)
{
	const struct op *op;
	const char *ret = NULL;

	for (size_t i = 0; (op = op_of_child(context, OP_setenv, i)); i++)
		if (strcmp(op->setenv.name, name) == 0)
			ret = op->setenv.value;
	return ret;
}

uint64_t umask_of_child(const struct context *context)
{
	const struct op *op;
	uint64_t ret = OP_NO_ID;

	for (size_t i = 0; (op = op_of_child(context, OP_umask, i)); i++)
		ret = op->umask.mode;
	return ret;
}

/* The variables that the steps have set for the child. */
static size_t count_set(const struct context *context)
{
	size_t count = 0;

	while (op_of_child(context, OP_setenv, count))
		count++;
	return count;
}

/* What one of these ops has set, or removed. */
static void set_as(struct arena *arena, const char **env, size_t *count, const struct op *op)
{
	size_t length = strlen(op->setenv.name), i = 0;

	if (op->setenv.value) {
		set(env, count, arena_print(arena, "%s=%s", op->setenv.name, op->setenv.value));
		return;
	}
	while (i < *count && (strncmp(env[i], op->setenv.name, length) != 0 || env[i][length] != '='))
		i++;
	if (i < *count)
		memmove(env + i, env + i + 1, (--*count - i) * sizeof(*env));
	env[*count] = NULL;
}

/* Whether a user may enter a folder as the child sees it. Root's own right to enter any counts where the
 * folder's owner is one of its user namespace's: capabilities(7), CAP_DAC_READ_SEARCH. */
static bool may_enter(const struct context *context, const char *path, bool other)
{
	const struct reading *child = context->child;
	unsigned long inside;
	struct stat st;

	if (eyes_stat(context->eyes, child->pid, path, false, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	if (st.st_mode & 0001)
		return true;
	if (other)
		return false;
	bool over = child->cap_effective & (CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_DAC_READ_SEARCH));
	return (st.st_uid == child->uid[1] && (st.st_mode & 0100)) ||
	       (over && (!ns_own(child, context->host, NS_USER) ||
			 id_inside(child->uid_map, st.st_uid, &inside)));
}

/* A home that its user may enter: root's, that of who runs this shell, or /. */
static const char *home_here(const struct context *context, const struct words *words)
{
	const char *own = getenv("HOME");
	bool other = words_flag(words, "--user") != NULL;

	if (may_enter(context, "/root", other))
		return "/root";
	return own && own[0] == '/' && may_enter(context, own, other) ? own : "/";
}

int plan_environment(const struct context *context, struct plan *plan, const struct words *words,
		     const char *const **ret, struct error *err)
{
	const char *term = getenv("TERM");
	const char *defaults[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		arena_print(&plan->arena, "HOME=%s", plan->child == PLAN_CURRENT ?
			    home_here(context, words) : "/root"),
		arena_print(&plan->arena, "TERM=%s", term && words_flag(words, "--tty") ? term : "dumb"),
		context->child->hostname[0] ?
			arena_print(&plan->arena, "HOSTNAME=%s", context->child->hostname) : NULL,
	};
	const char **env = arena_new(&plan->arena, (words->flag_count + count_set(context) + 5) * sizeof(*env));
	const char *setting;
	const struct op *op;
	size_t count = 0;

	for (size_t i = 0; i < COUNT(defaults); i++)
		if (defaults[i])
			set(env, &count, arena_copy(&plan->arena, defaults[i]));
	for (size_t i = 0; (op = op_of_child(context, OP_setenv, i)); i++)
		set_as(&plan->arena, env, &count, op);
	for (size_t n = 0; (setting = words_flag_nth(words, "--env", n)); n++) {
		if (setting[0] == '=' || !strchr(setting, '=')) {
			fail_id(err, ERR_PROGRAM_ENV, 0, "%s: --env takes NAME=VALUE, not %s", words->name.s, vis(setting));
			err->column = words_column(words, setting, 0);
			return fail_fix(err, "as in --env %s=VALUE", setting[0] == '=' || !setting[0] ? "NAME" : vis(setting));
		}
		/* A home folder that is empty is as good as none. */
		if (strcmp(setting, "HOME=") != 0)
			set(env, &count, arena_copy(&plan->arena, setting));
	}
	*ret = env;
	return 0;
}

const char *shell_word(struct plan *plan, const char *s)
{
	cleanup_text struct text text = { 0 };

	text_add_sh(&text, s);
	return arena_copy(&plan->arena, text_of(&text));
}

/* What the shell of the line starts: in an environment with more, as env(1) does it. */
static void add_command(const struct words *words, size_t first, struct text *ret)
{
	const char *setting;

	for (size_t n = 0; (setting = words_flag_nth(words, "--env", n)); n++) {
		text_add(ret, n ? " " : "env ");
		text_add_sh(ret, setting);
	}
	text_add(ret, words_flag(words, "--env") ? " " : "");
	for (size_t i = first; i < words->count; i++) {
		text_add(ret, i > first ? " " : "");
		text_add_sh(ret, words->args[i].s);
	}
}

const char *program_line(struct plan *plan, const struct words *words, size_t first, const char *before)
{
	const char *user = words_flag(words, "--user"), *cwd = words_flag(words, "--workdir");
	cleanup_text struct text text = { 0 }, command = { 0 }, inside = { 0 };
	uint64_t uid, gid;

	add_command(words, first, &command);
	if (cwd) {
		text_add(&inside, "cd ");
		text_add_sh(&inside, cwd);
	}
	text_add(&text, before);
	if (cwd && !before[0])
		text_addf(&text, "%s && ", text_of(&inside));
	if (user && parse_user(user, &uid, &gid))
		text_addf(&text, before[0] ? " --setuid %llu --setgid %llu" : "setpriv --reuid %llu --regid %llu --clear-groups ",
			  (unsigned long long)uid, (unsigned long long)gid);
	text_add(&text, before[0] ? " " : "");
	/* The folder is one of that root, where this shell is not. */
	if (cwd && before[0]) {
		text_addf(&inside, " && exec %s", text_of(&command));
		text_add(&text, "sh -c ");
		text_add_sh(&text, text_of(&inside));
	} else {
		text_add(&text, text_of(&command));
	}
	return arena_copy(&plan->arena, text_of(&text));
}

/* What decides as who, where and with what the program runs: as it was typed. */
static const char *options_of(struct plan *plan, const struct words *words)
{
	static const struct { const char *flag, *shown; } flags[] = { { "--user", "-u" }, { "--workdir", "-w" }, { "--env", "-e" } };
	cleanup_text struct text text = { 0 };
	const char *value;

	for (size_t i = 0; i < COUNT(flags); i++)
		for (size_t n = 0; (value = words_flag_nth(words, flags[i].flag, n)); n++) {
			text_addf(&text, "%s ", flags[i].shown);
			text_add_sh(&text, value);
			text_add(&text, " ");
		}
	return text.len ? arena_copy(&plan->arena, text.s) : NULL;
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
	if (plan_environment(context, plan, words, &envp, err) < 0)
		return -1;
	struct op *op = plan_add(plan, kind);
	op->exec.argv = argv;
	op->exec.envp = envp;
	op->exec.cwd = cwd ? arena_copy(&plan->arena, cwd) : NULL;
	op->exec.rows = context->rows;
	op->exec.columns = context->columns;
	plan->options = options_of(plan, words);
	if (user && !parse_user(user, &op->exec.uid, &op->exec.gid))
		return fail_id(err, ERR_PROGRAM_USER, 0, "%s: --user takes UID or UID:GID in numbers, not %s",
			    words->name.s, vis(user));
	return 0;
}

/* A program gains nothing by a set-user-ID file while a process traces it that has no CAP_SYS_PTRACE over its user
 * namespace: execve(2). To a user namespace of its own the shell, whose it is, has all. */
static bool gains_nothing(const struct context *context)
{
	return !ns_own(context->child, context->host, NS_USER) && !(context->host->cap_effective & CAPABILITY(CAP_SYS_PTRACE));
}

bool plan_stops(const struct context *context, struct plan *plan, const void *filter, size_t length)
{
	struct op *op = &plan->ops[plan->count - 1].op;
	const struct reading *child = context->child;
	bool may = child->no_new_privs || (child->cap_effective & CAPABILITY(CAP_SYS_ADMIN));

	if (child->filters > context->host->filters || child->seccomp > context->host->seccomp || op->spawn.uid != OP_NO_ID ||
	    !(may || gains_nothing(context)))
		return false;
	op->spawn.no_new_privs = !may;
	op->spawn.watched.bytes = filter;
	op->spawn.watched.length = length;
	return true;
}
