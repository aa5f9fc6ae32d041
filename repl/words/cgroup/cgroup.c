/* cgroup: limits on the child, on both versions of cgroups. cgroups(7). */
#include "words/cgroup/cgroup.h"

#include "base/message.h"
#define ARGS(name, ...) static const struct arg_spec name##_args[] = { __VA_ARGS__, { 0 } }
#define OPTIONAL .kind = WORD_TEXT, .optional = true

static const struct choice on_off[] = { { "on" }, { "off" }, { 0 } };

ARGS(cpu, { "QUOTA", .means = "microseconds of each 100000, 20%, 1.5cpus or max" }, { "PERIOD", OPTIONAL });
ARGS(weight, { "N", .means = "1 to 10000" });
ARGS(burst, { "MICROSECONDS" });
ARGS(idle, { "STATE", .choices = on_off });
ARGS(memory, { "SIZE", .means = "bytes, or with K, M, G as in 64M; or max" });
ARGS(pids, { "N", .means = "processes, or max" });
ARGS(io, { "DISK", OPTIONAL, .means = "its path or MAJ:MIN" },
     { "LIMIT", .many = true, .most = 5, .means = "rbps=N wbps=N riops=N wiops=N weight=N" });
ARGS(cpuset, { "CPUS", .means = "as in 0-1,4" }, { "MEMS", OPTIONAL, .means = "memory nodes" });
ARGS(join, { "PATH", .means = "a group of the host's" });
ARGS(raw, { "FILE=VALUE", .many = true, .means = "a file of the group and what is written to it" });
ARGS(new, { "NAME", OPTIONAL, .means = "behind the session's own; none when left out" });
ARGS(tree, { "CONTROLLER", OPTIONAL });

static const struct choice choices[] = {
	{ "cpu", N_("CPU time"), .args = cpu_args, .build = cgroup_set },
	{ "weight", "share of the CPU", .args = weight_args, .build = cgroup_set },
	{ "burst", N_("CPU time that may be saved up"), .args = burst_args, .build = cgroup_set },
	{ "idle", "only CPU time that nobody else wants", .args = idle_args, .build = cgroup_set },
	{ "memory", "bytes of memory", .args = memory_args, .build = cgroup_set },
	{ "pids", "processes and threads", .args = pids_args, .build = cgroup_set },
	{ "io", "how fast it may read and write a disk", .args = io_args, .build = cgroup_set },
	{ "cpuset", "the CPUs it may run on", .args = cpuset_args, .build = cgroup_set },
	{ "freeze", "stop all its processes", .args = no_args, .build = cgroup_freeze },
	{ "thaw", "let them continue", .args = no_args, .build = cgroup_thaw },
	{ "kill", "end all of them but the child", .args = no_args, .build = cgroup_kill },
	{ "join", "put the child into a group that exists", .args = join_args, .build = cgroup_join },
	{ "new", "an empty group, which the child enters with join", .args = new_args, .build = cgroup_new },
	{ "set", "any file of the child's group", .args = raw_args, .build = cgroup_raw },
	{ "rm", "take the child out and remove the group", .args = no_args, .build = cgroup_rm },
	{ "show", N_("the limits"), .args = no_args, .look = cgroup_show, .bare = true },
	{ "stat", N_("the counters"), .args = no_args, .look = cgroup_stat },
	{ "tree", N_("the hierarchies"), .args = tree_args, .look = cgroup_tree },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--high", 0, "SIZE", .of = "memory", .means = "above it the group is slowed down (v2)" },
	{ "--swap", 0, "SIZE", .of = "memory", .means = "swap in addition" },
	{ "--oom-group", 0, NULL, .of = "memory", .means = "when it runs out, the whole group is "
							   "killed (v2)" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "WHAT", WORD_CHOICE, .optional = true, .choices = choices },
	{ 0 }
};

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	/* A hierarchy without limits can be joined, too. */
	if (words->choice->build != cgroup_join && check_cgroups(context->facts, err) < 0)
		return -1;
	return words->choice->build(context, words, plan, err);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	if (check_cgroups(context->facts, err) < 0)
		return -1;
	return words->choice->look(context, words, ret, err);
}

static bool only_looks(const struct words *words)
{
	return words->choice->look != NULL;
}

static unsigned needs(const struct words *words)
{
	(void)words;
	return NEEDS_CGROUPS;
}

const struct command command_cgroup = {
	.name = "cgroup", .kind = BUILDS, .stage = STAGE_LIMITS, .group = GROUP_WALLS, .host_safe = true,
	.summary = "limit what the child may use",
	.explain = "Namespaces decide what a process sees, control groups (cgroups) what it may use. A "
		"group is a folder in /sys/fs/cgroup: mkdir makes one and the kernel fills it with "
		"files. A limit is a value written to one of them. A process joins by writing its PID "
		"to cgroup.procs (v1 also has tasks, for a single thread). docker makes one group for "
		"each container. v1 has a hierarchy of groups for each controller, v2 one for all; the "
		"words here are the same for both, and each step shows the name of the file in the "
		"other version.\n\n"
		"cpu QUOTA [PERIOD]: the child and all that it starts get QUOTA microseconds of CPU "
		"time in each PERIOD; 20% and 1.5cpus are converted to that, max removes the limit. "
		"weight N: its share when others want the CPU too. burst N: microseconds saved up for "
		"later. idle on: only what nobody else wants.\n\n"
		"memory SIZE: processes beyond it are killed; --high slows them down before. pids N: "
		"fork fails beyond it. io DISK rbps=1M: the disk waits. cpuset CPUS: the CPUs it may "
		"run on.\n\n"
		"freeze stops all processes of the group, thaw lets them continue, kill ends all of "
		"them except the child, which leaves the group first. join PATH puts the child into an "
		"existing group; rm takes it out and removes the session's own groups. new makes an "
		"empty group and set writes any file of the child's, as mkdir and echo do by hand. "
		"show, stat and tree only look. Groups are made on the host and taken back with the "
		"step.",
	.example = "cgroup cpu 20000\nspawn sh -c \"while :; do :; done\"\ncgroup show\ncgroup rm",
	.flags = flags, .args = args, .needs = needs, .only_looks = only_looks, .build = build, .look = look,
};
