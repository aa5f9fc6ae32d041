/* cgroup: limits on the child, on both versions of cgroups. cgroups(7). */
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "words/cgroup/cgroup.h"

/* Each word, its arguments and their number, and its function. */
#define VERBS(V)                                                                       \
	V(cpu, "QUOTA [PERIOD]", 1, 2, cgroup_set, NULL)                               \
	V(weight, "N", 1, 1, cgroup_set, NULL)                                         \
	V(burst, "MICROSECONDS", 1, 1, cgroup_set, NULL)                               \
	V(idle, "on|off", 1, 1, cgroup_set, NULL)                                      \
	V(memory, "SIZE [--high SIZE] [--swap SIZE] [--oom-group]", 1, 1, cgroup_set, NULL) \
	V(pids, "N", 1, 1, cgroup_set, NULL)                                           \
	V(io, "[DISK] rbps=N wbps=N riops=N wiops=N weight=N", 1, 6, cgroup_set, NULL)  \
	V(cpuset, "CPUS [MEMS]", 1, 2, cgroup_set, NULL)                               \
	V(freeze, "", 0, 0, cgroup_freeze, NULL)                                       \
	V(thaw, "", 0, 0, cgroup_thaw, NULL)                                           \
	V(kill, "", 0, 0, cgroup_kill, NULL)                                           \
	V(join, "PATH", 1, 1, cgroup_join, NULL)                                       \
	V(rm, "", 0, 0, cgroup_rm, NULL)                                               \
	V(show, "", 0, 0, NULL, cgroup_show)                                           \
	V(stat, "", 0, 0, NULL, cgroup_stat)                                           \
	V(tree, "[CONTROLLER]", 0, 1, NULL, cgroup_tree)

static const struct verb {
	const char *name, *usage;
	size_t least, most;
	int (*build)(const struct context *context, const struct words *words, struct plan *plan,
		     struct error *err);
	int (*look)(const struct context *context, const struct words *words, struct text *ret,
		    struct error *err);
} verbs[] = {
#define V(name, usage, least, most, build, look) { #name, usage, least, most, build, look },
	VERBS(V)
#undef V
};

static const char *const names[] = {
#define V(name, usage, least, most, build, look) #name,
	VERBS(V)
#undef V
	NULL
};

static const struct flag_spec flags[] = {
	{ "--high", 0, "SIZE", .means = "memory: above it the group is slowed down (v2)" },
	{ "--swap", 0, "SIZE", .means = "memory: swap in addition" },
	{ "--oom-group", 0, NULL, .means = "memory: when it runs out, all of the group is killed (v2)" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "WHAT", WORD_CHOICE, .choices = names },
	{ "VALUE", WORD_TEXT, .optional = true, .many = true,
	  .means = "cpu: microseconds of each 100000, 20%, 1.5cpus, max; memory: 64M; pids: 20; and so on" },
	{ 0 }
};

static const struct verb *verb_of(const struct words *words)
{
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (strcmp(verbs[i].name, words->args[0].s) == 0)
			return &verbs[i];
	return NULL;
}

static int check(const struct verb *verb, const struct words *words, struct error *err)
{
	const char *missing = verb->usage + (*verb->usage == '[' ? strcspn(verb->usage, " ") + 1 : 0);
	size_t given = words->count - 1;

	if (given < verb->least)
		fail_arg(err, ERR_ARGUMENT_MISSING, words, words->count, "%.*s is missing", (int)strcspn(missing, " "), missing);
	else if (given > verb->most)
		fail_arg(err, ERR_ARGUMENT_MANY, words, verb->most + 1, "%s takes %s", verb->name,
			 verb->most ? "no more than that" : "no more arguments");
	else if (words->flag_count && strcmp(verb->name, "memory") != 0)
		fail_arg(err, ERR_OPTION_CONFLICT, words, 0, "%s belongs to memory", words->flags[0].spec->name);
	else
		return 0;
	return fail_fix(err, "usage: cgroup %s%s%s", verb->name, *verb->usage ? " " : "", verb->usage);
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	const struct verb *verb = verb_of(words);

	if (check(verb, words, err) < 0)
		return -1;
	return verb->build(context, words, plan, err);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	const struct verb *verb = verb_of(words);

	if (check(verb, words, err) < 0)
		return -1;
	return verb->look(context, words, ret, err);
}

static bool only_looks(const struct words *words)
{
	return verb_of(words)->look != NULL;
}

static unsigned needs(const struct words *words)
{
	(void)words;
	return NEEDS_CGROUPS;
}

const struct command command_cgroup = {
	.name = "cgroup", .kind = BUILDS, .group = GROUP_WALLS, .host_safe = true,
	.summary = "limit what the child may use",
	.explain = "Namespaces decide what a process sees, control groups (cgroups) what it may "
		"use. A group is a folder in /sys/fs/cgroup: mkdir makes one and the kernel fills "
		"it with files. A limit is a value written to one of them. A process joins by "
		"writing its number to cgroup.procs (v1 also has tasks, for a single thread). "
		"docker makes one group for each container. v1 has a hierarchy of groups for each "
		"controller, v2 one for all; the words here are the same for both, and each step "
		"shows the name of the file in the other version.\n\n"
		"cpu QUOTA [PERIOD]: the child and all that it starts get QUOTA microseconds of "
		"CPU time in each PERIOD; 20% and 1.5cpus are converted to that, max removes the "
		"limit. weight N: its share when others want the CPU too. burst N: microseconds "
		"saved up for later. idle on: only what nobody else wants.\n\n"
		"memory SIZE: processes beyond it are killed; --high slows them down before. pids "
		"N: fork fails beyond it. io DISK rbps=1M: the disk waits. cpuset CPUS: the CPUs "
		"it may run on.\n\n"
		"freeze stops all processes of the group, thaw lets them continue, kill ends all "
		"of them except the child, which leaves the group first. join PATH puts the child "
		"into an existing group; rm takes it out and removes the session's own groups. "
		"show, stat and tree only look. Groups are made on the host and taken back with "
		"the step.",
	.example = "cgroup cpu 20000\nspawn sh -c \"while :; do :; done\"\ncgroup show\ncgroup rm",
	.flags = flags, .args = args, .needs = needs, .only_looks = only_looks, .build = build, .look = look,
};
