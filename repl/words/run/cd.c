/* cd, env, umask: what the child hands on to its programs beside its walls. */
#include <string.h>
#include <sys/stat.h>

#include "base/message.h"
#include "base/text.h"
#include "words/plans/plans.h"

/* ---- cd ---- */

static const struct arg_spec cd_args[] = {
	{ "DIR", WORD_PATH, .optional = true, .means = "a folder of the child's; / when left out" },
	{ 0 }
};

static int build_cd(const struct context *context, const struct words *words, struct plan *plan,
		    struct error *err)
{
	const char *path = path_here(context, plan, words->count ? words->args[0].s : "/");
	unsigned mode;

	if (words->count && refuse_absent(context, words, 0, path, &mode, err) < 0)
		return -1;
	struct op *op = plan_add(plan, OP_chdir);
	op->chdir.path = path;
	op->chdir.rooted = true;
	plan->changes = true;
	plan->meaning = _("Programs start there, and paths without a leading slash are below it.");
	return 0;
}

const struct command command_cd = {
	.name = "cd", .kind = BUILDS, .stage = STAGE_PROGRAM, .group = GROUP_RUNNING, .host_safe = true, .late = true,
	.summary = "show or set the child's working directory, where its programs start",
	.explain = "chdir(2) changes one attribute of a process, its working directory, which its "
		"children inherit. /proc/PID/cwd shows it. A working directory outside the root is a "
		"way out of a chroot(2), so cd refuses one.",
	.example = "cd /tmp\nrun pwd\ncd ..",
	.args = cd_args, .build = build_cd,
};

/* ---- env ---- */

static const struct flag_spec env_flags[] = {
	{ "--unset", 'u', "NAME", .many = true, .means = "as if it had never been set" },
	{ 0 }
};

static const struct arg_spec env_args[] = {
	{ "K=V", WORD_TEXT, .optional = true, .many = true, .means = "a variable and its value" },
	{ 0 }
};

static void plan_setenv(const struct context *context, struct plan *plan, const char *name,
			const char *value)
{
	const char *before = variable_of_child(context, name);
	struct op *op = plan_add(plan, OP_setenv);

	op->setenv.name = name;
	op->setenv.value = value;
	op->setenv.before = before ? arena_copy(&plan->arena, before) : NULL;
}

static int build_env(const struct context *context, const struct words *words, struct plan *plan,
		     struct error *err)
{
	const char *name;

	for (size_t i = 0; i < words->count; i++) {
		const char *s = words->args[i].s, *equals = strchr(s, '=');
		if (!equals || equals == s) {
			fail_arg(err, ERR_PROGRAM_ENV, words, i, "expected NAME=VALUE, not %s", vis(s));
			return fail_fix(err, "run env %s runs the program env", vis(s));
		}
		plan_setenv(context, plan, arena_copyn(&plan->arena, s, (size_t)(equals - s)),
			    arena_copy(&plan->arena, equals + 1));
	}
	for (size_t i = 0; (name = words_flag_nth(words, "--unset", i)); i++) {
		if (!variable_of_child(context, name))
			return fail_id(err, ERR_PROGRAM_ENV, 0, "env: no step has set %s", vis(name));
		plan_setenv(context, plan, arena_copy(&plan->arena, name), NULL);
	}
	plan->changes = true;
	plan->meaning = _("execve(2) gives a program its environment as a list of strings. The child's "
			"programs get these from now on; programs on the host do not.");
	return 0;
}

static bool env_only_looks(const struct words *words)
{
	return !words->count && !words->flag_count;
}

static int look_env(const struct context *context, const struct words *words, struct text *ret,
		    struct error *err)
{
	struct plan plan = { 0 };
	const char *const *env = NULL;
	int failed = plan_environment(context, &plan, words, &env, err);

	for (size_t i = 0; !failed && env[i]; i++) {
		text_add_visible(ret, env[i], strlen(env[i]));
		text_add(ret, "\n");
	}
	plan_done(&plan);
	return failed;
}

const struct command command_env = {
	.name = "env", .kind = BUILDS, .stage = STAGE_PROGRAM, .group = GROUP_RUNNING, .host_safe = true, .late = true,
	.summary = "show or set the environment of the child's programs",
	.explain = "A program gets its environment by execve(2), as strings NAME=VALUE. Stave gives a clean "
		"one, with nothing of yours but TERM; env shows it and env NAME=VALUE adds to it, for every "
		"program that run, shell and spawn start. run -e sets one for that run alone. A container "
		"has an environment of its own: container -e.",
	.example = "env LANG=C\nrun env\nenv -u LANG",
	.flags = env_flags, .args = env_args, .only_looks = env_only_looks, .build = build_env, .look = look_env,
};

/* ---- umask ---- */

static const struct arg_spec umask_args[] = {
	{ "MODE", WORD_TEXT, .optional = true, .means = "octal, as in 027: the permissions that new files do not get" },
	{ 0 }
};

static bool parse_mask(const char *s, uint64_t *ret)
{
	uint64_t mode = 0;

	for (const char *p = s; *p; p++) {
		if (*p < '0' || *p > '7' || (mode = mode * 8 + (uint64_t)(*p - '0')) > 0777)
			return false;
	}
	*ret = mode;
	return *s != '\0';
}

static int build_umask(const struct context *context, const struct words *words, struct plan *plan,
		       struct error *err)
{
	uint64_t mode;

	if (!parse_mask(words->args[0].s, &mode)) {
		fail_arg(err, ERR_ARGUMENT_NUMBER, words, 0, "0 to 0777 in octal digits, not %s", vis(words->args[0].s));
		return fail_fix(err, "umask 022: others may not write; umask 077: they may nothing");
	}
	struct op *op = plan_add(plan, OP_umask);
	op->umask.mode = mode;
	op->umask.before = umask_of_child(context);
	plan->changes = true;
	plan->meaning = _("A new file has the mode that open(2) or mkdir(2) ask for, without these bits. It is an "
			"attribute of the process, which its children inherit; Umask in /proc/PID/status shows it.");
	return 0;
}

static bool umask_only_looks(const struct words *words)
{
	return !words->count;
}

static int look_umask(const struct context *context, const struct words *words, struct text *ret,
		      struct error *err)
{
	uint64_t mode = umask_of_child(context);

	(void)words, (void)err;
	text_addf(ret, "%04llo\n", (unsigned long long)(mode == OP_NO_ID ? 022 : mode));
	return 0;
}

const struct command command_umask = {
	.name = "umask", .kind = BUILDS, .stage = STAGE_PROGRAM, .group = GROUP_RUNNING, .host_safe = true, .late = true,
	.summary = "show or set which permissions new files do not get",
	.explain = "umask(2) is an attribute of a process. The child's programs have 022 until you set "
		"another: nobody but the owner may write what they make.",
	.example = "umask 077\nrun sh -c 'umask'",
	.args = umask_args, .only_looks = umask_only_looks, .build = build_umask, .look = look_umask,
};
