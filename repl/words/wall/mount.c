/* mount TYPE [SRC] DST: a file system for the child. */
#include <string.h>
#include <sys/mount.h>

#include "base/list.h"
#include "base/text.h"
#include "words/plans/plans.h"

static const struct flag_spec flags[] = {
	{ "--options", 'o', "OPTS", .means = "options as in mount(8), separated by commas" },
	ON_HOST_FLAG,
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "TYPE", WORD_TEXT, .means = "proc, sysfs, tmpfs, devpts, mqueue, cgroup2, overlay, ..." },
	{ "SRC", WORD_PATH, .optional = true, .means = "a device or name; TYPE when left out" },
	{ "DST", WORD_PATH, .means = "where; created if it is missing" },
	{ 0 }
};

/* An option of mount(8) that is a flag of mount(2), set or taken back. */
static const struct { const char *name; uint64_t set, clear; } options[] = {
	{ "ro", MS_RDONLY, 0 }, { "rw", 0, MS_RDONLY }, { "nosuid", MS_NOSUID, 0 },
	{ "suid", 0, MS_NOSUID }, { "nodev", MS_NODEV, 0 }, { "dev", 0, MS_NODEV },
	{ "noexec", MS_NOEXEC, 0 }, { "exec", 0, MS_NOEXEC }, { "noatime", MS_NOATIME, 0 },
	{ "nodiratime", MS_NODIRATIME, 0 }, { "relatime", MS_RELATIME, 0 },
	{ "strictatime", MS_STRICTATIME, 0 }, { "sync", MS_SYNCHRONOUS, 0 },
	{ "lazytime", MS_LAZYTIME, 0 }, { "remount", MS_REMOUNT, 0 }, { "defaults", 0, 0 },
};

/* One option, of length n: a flag, or a part of the file system's own options. */
static void take_option(const char *option, size_t n, uint64_t *set, struct text *rest)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (strlen(options[i].name) == n && strncmp(options[i].name, option, n) == 0) {
			*set = (*set | options[i].set) & ~options[i].clear;
			return;
		}
	text_add(rest, rest->len ? "," : "");
	text_addn(rest, option, n);
}

/* Split at commas; one after a backslash belongs to a name. */
static uint64_t take_options(const char *all, struct text *rest)
{
	uint64_t set = 0;

	while (*all) {
		size_t n = 0;
		while (all[n] && all[n] != ',')
			n += all[n] == '\\' && all[n + 1] ? 2 : 1;
		if (n)
			take_option(all, n, &set, rest);
		all += n + (all[n] == ',');
	}
	return set;
}

static const char *meaning_of(struct plan *plan, const char *type, const char *target)
{
	static const struct { const char *type, *meaning; } known[] = {
		{ "proc", "It shows the processes of the pid namespace of the process that mounted it: the child's own now." },
		{ "sysfs", "It shows the devices of the network namespace of whoever mounted it." },
		{ "tmpfs", "An empty file system in memory: it goes with the last mount of it." },
		{ "devpts", "A set of pseudo-terminals of its own, numbered from 0." },
		{ "mqueue", "It shows the POSIX message queues of the child's ipc namespace." },
		{ "cgroup2", "It shows the control groups from the root of the child's cgroup namespace down." },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].type, type) == 0)
			return known[i].meaning;
	return arena_print(&plan->arena, "What is below %s now comes from another file system.",
			   vis(target));
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	cleanup_text struct text rest = { 0 };
	const char *type = arena_copy(&plan->arena, words->args[0].s);
	const char *source = words->count > 2 ? words->args[1].s : type;
	const char *target = path_here(context, plan, words->args[words->count - 1].s);
	const char *given = words_flag(words, "--options");

	if (refuse_shared(context, words, NS_MNT, "a mount", err) < 0)
		return -1;
	/* Its options are one for all mounts of it: a mount from the host's cgroup namespace sets those
	 * of the host's, as nsdelegate. */
	if (strcmp(type, "cgroup2") == 0 &&
	    refuse_shared(context, words, NS_CGROUP, "a mount of cgroup2 and its options", err) < 0)
		return -1;
	uint64_t set = take_options(given ? given : "", &rest);
	if (!(set & MS_REMOUNT))
		plan_mkdirs(context, plan, target, PLAN_TAKE_BACK);
	plan_mount(plan, type, arena_copy(&plan->arena, source), target, set,
		   rest.len ? arena_copy(&plan->arena, rest.s) : NULL);
	if (on_host(context, words, NS_MNT))
		plan->ops[plan->count - 1].flags |= PLAN_TAKE_BACK;
	plan->changes = true;
	plan->meaning = meaning_of(plan, type, target);
	return 0;
}

const struct command command_mount = {
	.name = "mount", .kind = BUILDS, .group = GROUP_WALLS,
	.summary = "mount a file system in the child's mount namespace",
	.explain = "mount(2) attaches a file system to a folder of the child's tree. Some types "
		"show a namespace of the process that mounts them: proc the pid namespace, sysfs "
		"the network namespace, mqueue the ipc namespace, cgroup2 the cgroup namespace. "
		"In a user namespace only a few types may be mounted, and these four only if the "
		"child's user namespace owns the namespace that they show.\n\n"
		"While the child shares the host's mount namespace the command refuses: unshare "
		"mnt first.",
	.example = "unshare user mnt pid\nmount proc /proc\nmount tmpfs /mnt -o size=1m,mode=0755",
	.flags = flags, .args = args, .build = build,
};
