/* mount TYPE [SRC] DST: a file system for the child. */
#include <string.h>
#include <strings.h>
#include <sys/mount.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "words/plans/container/hidden.h"
#include "words/plans/plans.h"

static const struct flag_spec flags[] = {
	{ "--options", 'o', "OPTS", .means = "options as in mount(8), separated by commas" },
	ON_HOST_FLAG,
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "TYPE", WORD_TEXT, .offers = OFFERS_MOUNT_TYPES, .means = "proc, sysfs, tmpfs, devpts, mqueue, cgroup2, overlay, ..." },
	{ "SRC", WORD_PATH, .optional = true, .means = "a device or name; TYPE when left out" },
	{ "DST", WORD_PATH, .means = "where; created if it is missing" },
	{ 0 }
};

/* An option of mount(8) that is a flag of mount(2), set or taken back. */
static const struct { const char *name; uint64_t set, clear; } options[] = {
	{ "ro", MS_RDONLY, 0 }, { "rw", 0, MS_RDONLY }, { "nosuid", MS_NOSUID, 0 },
	{ "suid", 0, MS_NOSUID }, { "nodev", MS_NODEV, 0 }, { "dev", 0, MS_NODEV },
	{ "noexec", MS_NOEXEC, 0 }, { "exec", 0, MS_NOEXEC }, { "noatime", MS_NOATIME, 0 },
	{ "atime", 0, MS_NOATIME }, { "nodiratime", MS_NODIRATIME, 0 },
	{ "diratime", 0, MS_NODIRATIME }, { "relatime", MS_RELATIME, 0 },
	{ "norelatime", 0, MS_RELATIME }, { "strictatime", MS_STRICTATIME, 0 },
	{ "nostrictatime", 0, MS_STRICTATIME }, { "sync", MS_SYNCHRONOUS, 0 },
	{ "async", 0, MS_SYNCHRONOUS }, { "dirsync", MS_DIRSYNC, 0 },
	{ "lazytime", MS_LAZYTIME, 0 }, { "nolazytime", 0, MS_LAZYTIME },
	{ "nosymfollow", MS_NOSYMFOLLOW, 0 }, { "symfollow", 0, MS_NOSYMFOLLOW },
	{ "silent", MS_SILENT, 0 }, { "loud", 0, MS_SILENT }, { "remount", MS_REMOUNT, 0 },
	{ "bind", MS_BIND, 0 }, { "rbind", MS_BIND | MS_REC, 0 },
	{ "private", MS_PRIVATE, 0 }, { "rprivate", MS_PRIVATE | MS_REC, 0 },
	{ "slave", MS_SLAVE, 0 }, { "rslave", MS_SLAVE | MS_REC, 0 },
	{ "shared", MS_SHARED, 0 }, { "rshared", MS_SHARED | MS_REC, 0 },
	{ "unbindable", MS_UNBINDABLE, 0 }, { "runbindable", MS_UNBINDABLE | MS_REC, 0 },
	/* These are for mount(8) and fstab(5), and the kernel never sees them. */
	{ "defaults", 0, 0 }, { "auto", 0, 0 }, { "noauto", 0, 0 }, { "nofail", 0, 0 },
	{ "_netdev", 0, 0 },
};

/* One option, of length n: a flag, or a part of the file system's own options. One that begins with
 * x- is a comment: mount(8). */
static void take_option(const char *option, size_t n, uint64_t *set, struct text *rest)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (strlen(options[i].name) == n && strncmp(options[i].name, option, n) == 0) {
			*set = (*set | options[i].set) & ~options[i].clear;
			return;
		}
	if (n > 2 && strncasecmp(option, "x-", 2) == 0)
		return;
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

/* mount(2) makes a new mount, or does one of these, and each of them has a word of its own. */
static int check_kind(const char *target, uint64_t set, const struct text *rest, struct error *err)
{
	static const struct { uint64_t flag; const char *kind; } kinds[] = {
		{ MS_PRIVATE, "private" }, { MS_SLAVE, "slave" }, { MS_SHARED, "shared" },
		{ MS_UNBINDABLE, "unbindable" },
	};

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (set & kinds[i].flag) {
			fail_id(err, ERR_OPTION_CONFLICT, 0, "mount: -o %s takes another call than a "
							     "new mount", kinds[i].kind);
			return fail_fix(err, "propagation %s %s%s, once it is mounted", kinds[i].kind,
					vis(target), set & MS_REC ? "" : " --norec");
		}
	if ((set & MS_BIND) && !(set & MS_REMOUNT)) {
		fail_id(err, ERR_OPTION_CONFLICT, 0, "mount: -o bind mounts a folder, not a file system");
		return fail_fix(err, "bindmount SRC %s", vis(target));
	}
	if ((set & MS_BIND) && (set & MS_REC)) {
		fail_id(err, ERR_OPTION_CONFLICT, 0, "mount: the kernel has no call for -o remount,rbind");
		fail_why(err, "mount(2) changes one mount at a time");
		return fail_fix(err, "-o remount,bind, for each mount below %s", vis(target));
	}
	if ((set & MS_BIND) && rest->len) {
		fail_id(err, ERR_OPTION_CONFLICT, 0, "mount: -o remount,bind takes no %s", vis(rest->s));
		fail_why(err, "it changes the flags of one mount, and the kernel would ignore an "
			 "option of the file system: mount(2)");
		return fail_fix(err, "-o remount without bind changes the file system, for all its mounts");
	}
	return 0;
}

/* "mount tmpfs /mnt size=1m" would mount it on a new folder size=1m. */
static int check_last(const struct words *words, struct error *err)
{
	const char *last = words->args[words->count - 1].s;

	if (words->count < 3 || strchr(last, '/') || !strchr(last, '='))
		return 0;
	fail_id(err, ERR_OPTION_CONFLICT, 0, "mount: %s would be the folder", vis(last));
	fail_why(err, "options of a mount are behind -o, and a folder of that name is ./%s", vis(last));
	return fail_fix(err, "mount %s %s -o %s", vis(words->args[0].s), vis(words->args[1].s), vis(last));
}

/* The value of one of the options, which commas separate; NULL: it is not there. */
static const char *option_value(const char *given, const char *name, struct arena *arena)
{
	size_t length = strlen(name);

	for (const char *s = given; *s; s += strcspn(s, ","), s += *s == ',')
		if (strncmp(s, name, length) == 0 && s[length] == '=')
			return arena_copyn(arena, s + length + 1, strcspn(s + length + 1, ","));
	return NULL;
}

static const char *meaning_of(struct plan *plan, const char *type, const char *target, uint64_t set)
{
	static const struct { const char *type, *meaning; } known[] = {
		{ "proc", "It shows the processes of the pid namespace of the process that mounted it: the child's own now." },
		{ "sysfs", "It shows the devices of the network namespace of the process that mounted it." },
		{ "tmpfs", "An empty file system in memory: it goes with the last mount of it." },
		{ "devpts", "A set of pseudo-terminals of its own, numbered from 0." },
		{ "mqueue", "It shows the POSIX message queues of the child's ipc namespace." },
		{ "cgroup2", "It shows the control groups from the root of the child's cgroup namespace down." },
	};

	if (set & MS_REMOUNT)
		return set & MS_BIND ? _("The flags of this mount have changed; other mounts of its file system keep theirs.")
				     : _("The options of the file system have changed, for all mounts of it, and the flags of this one.");
	if (strcmp(target, "/") == 0)
		return mounted_on_root();
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].type, type) == 0)
			return _(known[i].meaning);
	return arena_print(&plan->arena, _("What is below %s now comes from another file system."),
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

	if (refuse_shared(context, words, NS_MNT, _("a mount"), err) < 0)
		return -1;
	/* Its options are one for all mounts of it: a mount from the host's cgroup namespace sets those
	 * of the host's, as nsdelegate. */
	if (strcmp(type, "cgroup2") == 0 &&
	    refuse_shared(context, words, NS_CGROUP, _("a mount of cgroup2 and its options"), err) < 0)
		return -1;
	uint64_t set = take_options(given ? given : "", &rest);
	if (check_last(words, err) < 0 || check_kind(target, set, &rest, err) < 0)
		return -1;
	if ((set & MS_REMOUNT) && !(set & MS_BIND) &&
	    refuse_hosts_file_system(context, target, "mount -o remount", err) < 0)
		return fail_fix(err, "-o remount,bind changes this one mount");
	if (!(set & MS_REMOUNT))
		plan_mkdirs(context, plan, target, PLAN_TAKE_BACK);
	plan_mount(plan, type, arena_copy(&plan->arena, source), target, set,
		   rest.len ? arena_copy(&plan->arena, rest.s) : NULL);
	if (on_host(context, words, NS_MNT))
		plan->ops[plan->count - 1].flags |= PLAN_TAKE_BACK;
	plan->changes = true;
	plan->meaning = meaning_of(plan, type, target, set);
	if (strcmp(type, "overlay") == 0 && rest.len)
		plan_warn_upper(context, plan, option_value(rest.s, "upperdir", &plan->arena));
	return 0;
}

const struct command command_mount = {
	.name = "mount", .kind = BUILDS, .stage = STAGE_FILLED, .group = GROUP_WALLS,
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
