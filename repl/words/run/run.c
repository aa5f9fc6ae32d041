/* run, shell, spawn: programs in the child's world. */
#include <string.h>
#include <sys/stat.h>

#include "base/list.h"
#include "base/text.h"
#include "words/plans/plans.h"

static const struct flag_spec run_flags[] = { PROGRAM_FLAGS, { 0 } };

static const struct flag_spec spawn_flags[] = {
	{ "--env", 'e', "K=V", .many = true, .means = "set an environment variable" },
	{ "--workdir", 'w', "DIR", WORD_PATH, .means = "start in DIR" },
	{ "--user", 'u', "UID[:GID]", .means = "run as this user, in numbers" },
	{ "--name", 0, "NAME", .means = "the job's name, for exec, kill and setns" },
	{ 0 }
};

static const struct arg_spec program_args[] = {
	{ "CMD", WORD_PROGRAM, .many = true, .means = "a program of the child's root, and its arguments" },
	{ 0 }
};

static int build_run(const struct context *context, const struct words *words, struct plan *plan,
		     struct error *err)
{
	plan_way(words, plan);
	plan->same_as = program_line(plan, words, 0, "");
	return plan_program(context, plan, OP_spawn, words, 0, err);
}

/* A name is free again once its job has ended. */
static unsigned spawn_needs(const struct words *words)
{
	return words_flag(words, "--name") ? NEEDS_JOBS : 0;
}

static int build_spawn(const struct context *context, const struct words *words,
		       struct plan *plan, struct error *err)
{
	if (plan_name(context, words, plan, err) < 0)
		return -1;
	plan->program = PROGRAM_BACKGROUND;
	plan->same_as = arena_print(&plan->arena, "%s &", program_line(plan, words, 0, ""));
	return plan_program(context, plan, OP_spawn, words, 0, err);
}

/* The best shell there is in the child's root. */
static int build_shell(const struct context *context, const struct words *words,
		       struct plan *plan, struct error *err)
{
	static const char *const shells[] = { "/bin/bash", "/usr/bin/bash", "/bin/sh", "/usr/bin/sh",
					      "/bin/ash", "/bin/busybox" };
	struct words shell = *words;
	bool unseen = false;

	for (size_t i = 0; i < COUNT(shells); i++) {
		unsigned mode;
		unseen = mode_here(context, shells[i], &mode, err) < 0 || unseen;
		if (!S_ISREG(mode) || !(mode & 0111))
			continue;
		struct word program[] = { { shells[i], words->name.column }, { "sh", 0 } };
		shell.args = program;
		shell.count = strstr(shells[i], "busybox") ? 2 : 1;
		plan->program = PROGRAM_TERMINAL;
		return plan_program(context, plan, OP_spawn, &shell, 0, err);
	}
	if (unseen)
		return fail_wrap(err, "shell");
	fail_id(err, ERR_PROGRAM_MISSING, 0, "shell: there is no shell in the child's root");
	return fail_fix(err, "rootfs busybox makes a root that has one; tree /bin shows what it has");
}

const struct command command_run = {
	.name = "run", .kind = BUILDS, .stage = STAGE_PROGRAM, .group = GROUP_RUNNING, .host_safe = true,
	.summary = "run a program in the child's world and wait for it",
	.explain = "The child forks, and the new process becomes the program. It is in the "
		"child's namespaces, root and cgroups. Its input is empty unless you give -i; -t "
		"gives it a pseudo-terminal of its own, made in the child's devpts if it has one. "
		"It never gets the shell's own terminal. Its environment is a clean one; -e adds "
		"to it. The exit status is the program's own, 127 if there is no such program, "
		"126 if it cannot be run, 128+N if signal N killed it.",
	.example = "run id -u\nrun -e LANG=C -w /tmp pwd",
	.flags = run_flags, .args = program_args, .build = build_run,
};

const struct command command_shell = {
	.name = "shell", .kind = BUILDS, .stage = STAGE_PROGRAM, .group = GROUP_RUNNING, .host_safe = true,
	.summary = "a shell in the child's world, on a terminal of its own",
	.explain = "The same as run -it with the best shell in the child's root. Leave it with "
		"exit or Ctrl-D. When you are back, Stave shows what you changed in there, mounts "
		"for example.",
	.example = "container\nshell",
	.flags = run_flags, .build = build_shell,
};

const struct command command_spawn = {
	.name = "spawn", .kind = BUILDS, .stage = STAGE_PROGRAM, .group = GROUP_RUNNING, .host_safe = true,
	.summary = "start a program in the background of the child's world",
	.explain = "Like run, but Stave does not wait: jobs lists the programs and what they "
		"print. kill %N ends one, as does kill NAME for one with a name. All of them end "
		"with the child.",
	.example = "spawn sleep 60\njobs\nkill %1\nspawn --name guest sleep 60\nexec guest id",
	.flags = spawn_flags, .args = program_args, .needs = spawn_needs, .build = build_spawn,
};
