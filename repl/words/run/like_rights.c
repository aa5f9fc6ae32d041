/* container --like: the rights of the process and its limits. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/plan.h"
#include "ops/privilege/capability.h"
#include "snapshot/cgroup/bounds.h"
#include "snapshot/process.h"
#include "words/plans/cgroup/cgroup.h"
#include "words/plans/mount/mask.h"
#include "words/plans/privilege/caps.h"
#include "words/run/like.h"

/* ---- its user ---- */

/* How many ids the container's user namespace has. */
static uint64_t ids_of(const struct like *like)
{
	const struct facts *facts = like->context->facts;
	unsigned long first, count = 0;

	if (!like->userns)
		return UINT32_MAX;
	if (facts->root)
		return 65536;
	if (words_flag(&like->words, "--userns") && sscanf(facts->subuid, "%lu %lu", &first, &count) != 2)
		count = 0;
	return count + 1;
}

/* Returns whether the process is root to itself. */
static bool user(struct like *like)
{
	const struct reading *target = like->target;
	unsigned long uid, gid;
	bool mapped = id_inside(target->uid_map, target->uid[1], &uid) && id_inside(target->gid_map, target->gid[1], &gid);

	like->reaches_user = mapped && uid < ids_of(like) && gid < ids_of(like);
	if (!like->reaches_user)
		like_lose(like, "user", N_("its user, who has no number in the container's user namespace; it is root there"));
	else if (uid || gid)
		like_give(like, "--user", arena_print(&like->plan->arena, "%lu:%lu", uid, gid));
	if (mapped && target->uid[1] != target->uid[0])
		like_lose(like, "user", N_("its real user, who is not the effective one"));
	return mapped && uid == 0;
}

/* ---- capabilities ---- */

static void lose_set(struct like *like, const char *set, uint64_t has, uint64_t gets)
{
	cleanup_text struct text lacks = { 0 }, more = { 0 };

	capability_list(has & ~gets, "", " ", &lacks);
	capability_list(gets & ~has & capabilities_known, "", " ", &more);
	if (lacks.len)
		like_lose(like, "capabilities", N_("%s: without %s"), set, text_of(&lacks));
	if (more.len && strcmp(set, "ambient") != 0)
		like_lose(like, "capabilities", N_("%s: %s besides"), set, text_of(&more));
}

/* A container has one set for all: what it may get at all, or where it can get no more than it has, that. */
static uint64_t wanted_caps(const struct like *like, bool root)
{
	const struct reading *target = like->target;
	uint64_t set = (root && target->no_new_privs) || !like->reaches_user ? target->cap_permitted : target->cap_bounding;

	return set & capabilities_known;
}

static void lose_caps(struct like *like, bool root, uint64_t given)
{
	const struct reading *target = like->target;
	uint64_t held = root || !like->reaches_user ? given : 0;

	lose_set(like, "bounding", target->cap_bounding & capabilities_known, given);
	lose_set(like, "permitted", target->cap_permitted & capabilities_known, held);
	if (target->cap_effective != target->cap_permitted)
		lose_set(like, "effective", target->cap_effective & capabilities_known, held);
	lose_set(like, "inheritable", target->cap_inheritable & capabilities_known, 0);
	lose_set(like, "ambient", target->cap_ambient & capabilities_known, 0);
}

static void give_caps(struct like *like, uint64_t set)
{
	const char *dropped;

	for (size_t n = 0; (dropped = words_flag_nth(like->typed, "--cap-drop", n)); n++) {
		struct error unused;
		uint64_t one = 0;
		if (parse_capability("container", dropped, 0, &one, &unused) == 0)
			set &= ~one;
	}
	if (set == capabilities_container)
		return;
	if (set == capabilities_known) {
		like_add(like, "--cap-add", "all");
		return;
	}
	like_add(like, "--cap-drop", "all");
	for (size_t i = 0; i < CAPABILITIES; i++)
		if (set >> i & 1)
			like_add(like, "--cap-add", capabilities[i].name);
}

/* ---- filter, paths ---- */

static void filter(struct like *like)
{
	const struct reading *target = like->target;

	if (target->seccomp == 1)
		like_lose(like, "seccomp", N_("its strict mode, in which no program can be started; docker's filter is in its place"));
	else if (wall_stands(WALL_SECCOMP, &like->sides))
		like_lose(like, "seccomp", N_("what its filters say, which only PTRACE_SECCOMP_GET_FILTER would tell; docker's filter is in their place"));
	else
		like_add(like, "--security-opt", "seccomp=unconfined");
}

/* What lies over its /proc and /sys: the container's own are bare but for the masks. */
static void lose_paths(struct like *like, bool stand)
{
	const struct mounts *mounts = like->target->mounts;
	cleanup_text struct text names = { 0 };

	for (size_t i = 0; mounts && i < mounts->count && names.len < 300; i++) {
		const struct mount *mount = &mounts->list[i];
		bool place = strncmp(mount->point, "/proc/", 6) == 0 || strncmp(mount->point, "/sys/", 5) == 0;
		bool groups = strncmp(mount->point, "/sys/fs/cgroup", 14) == 0;
		if (!place || groups || mounts_at(mounts, mount->point) != mount || (stand && plan_hides(mount->point)))
			continue;
		text_addf(&names, "%s%s", names.len ? " " : "", vis(mount->point));
	}
	if (names.len)
		like_lose(like, "paths", N_("its mounts over %s"), text_of(&names));
}

/* ---- limits ---- */

static bool has_own_limits(pid_t pid)
{
	uint64_t soft = 1, hard = 1, core = 1;

	/* What container sets where nobody asks for anything else: confine.c. */
	return bounds_oom(pid) == 500 && bounds_rlimit(pid, RLIMIT_CORE, &soft, &core) && core == 0 &&
	       bounds_rlimit(pid, RLIMIT_NOFILE, &soft, &hard) && hard == 4096;
}

static void limit(struct like *like, enum controller controller, const char *flag, const char *other,
		  const char *value, bool guarded)
{
	struct error why;

	if (words_flag(like->typed, flag) || (other && words_flag(like->typed, other)))
		return;
	bool able = check_default_limit(like->context, like->plan, controller, &why) == 0;
	if (!value) {
		if (guarded && able)
			like_add(like, flag, "max");
		return;
	}
	if (!able)
		like_lose(like, "limits", N_("%s %s: %s"), controller_names[controller], value, why.what);
	else
		like_add(like, flag, value);
}

static const char *amount(struct like *like, uint64_t most)
{
	return most == NO_LIMIT ? NULL : arena_print(&like->plan->arena, "%" PRIu64, most);
}

static void limits(struct like *like, bool guarded)
{
	const struct limits *its = &like->limits;
	bool plain = its->period == 100000 || !its->period;
	const char *cpu = amount(like, its->cpu.most);

	if (cpu && !plain)
		cpu = arena_print(&like->plan->arena, "%.4f", (double)its->cpu.most / (double)its->period);
	limit(like, CONTROLLER_CPU, cpu && !plain ? "--cpus" : "--cpu", cpu && !plain ? "--cpu" : "--cpus", cpu, guarded);
	limit(like, CONTROLLER_MEMORY, "--memory", NULL, amount(like, its->memory.most), guarded);
	limit(like, CONTROLLER_PIDS, "--pids", NULL, amount(like, its->pids.most), guarded);
}

/* ---- lines of /proc ---- */

/* The value of a line of /proc/PID/status, "Groups", in the plan's arena; "" where there is none. */
static const char *status_line(struct like *like, const char *status, const char *name)
{
	const char *key = arena_print(&like->plan->arena, "\n%s:", name), *line = strstr(status, key);

	if (!line)
		return "";
	line += strlen(key);
	line += strspn(line, " \t");
	size_t length = strcspn(line, "\n");
	while (length && line[length - 1] == ' ')
		length--;
	return arena_copyn(&like->plan->arena, line, length);
}

static void lose_status(struct like *like)
{
	cleanup_text struct text own = { 0 };
	const char *groups = status_line(like, like->status, "Groups");
	const char *cpus = status_line(like, like->status, "Cpus_allowed_list");

	if (*groups)
		like_lose(like, "user", N_("its further groups %s"), groups);
	if (*cpus && process_file(like->context->host->pid, "status", &own) == 0 && !words_flag(like->typed, "--cpuset") &&
	    strcmp(cpus, status_line(like, text_of(&own), "Cpus_allowed_list")) != 0)
		like_lose(like, "limits", N_("the CPUs %s that it may run on: --cpuset sets them"), cpus);
}

/* Whether container sets this line's limit itself: two always, and where no group can count processes, that of
 * these. */
static bool sets_rlimit(struct like *like, const char *line)
{
	struct error unused;

	if (text_begins(line, "Max core") || text_begins(line, "Max open files"))
		return true;
	return text_begins(line, "Max processes") &&
	       check_default_limit(like->context, like->plan, CONTROLLER_PIDS, &unused) < 0;
}

/* Its lines of proc_pid_limits(5) that the shell's own, which the container inherits, do not have. */
static void lose_rlimits(struct like *like, bool guarded)
{
	enum { SOFT_AT = 26 };
	cleanup_text struct text its = { 0 }, own = { 0 };
	char *save = NULL;

	if (process_file(like->target->pid, "limits", &its) < 0 || process_file(like->context->host->pid, "limits", &own) < 0) {
		like_lose(like, "rlimits", N_("they could not be looked at"));
		return;
	}
	for (char *line = strtok_r(its.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char soft[24], hard[24];
		size_t length = SOFT_AT;
		if ((guarded && sets_rlimit(like, line)) || strstr(text_of(&own), line) || strlen(line) <= SOFT_AT ||
		    sscanf(line + SOFT_AT, "%23s %23s", soft, hard) != 2)
			continue;
		while (length && line[length - 1] == ' ')
			length--;
		like_lose(like, "rlimits", N_("%.*s: %s, hard %s"), (int)length, line, soft, hard);
	}
}

static void lose_oom(struct like *like, bool guarded)
{
	int its = bounds_oom(like->target->pid), given = guarded ? 500 : bounds_oom(like->context->host->pid);

	if (its != given)
		like_lose(like, "oom_score_adj", N_("%d; the container has %d"), its, given);
}

/* ---- all of it ---- */

static bool is_privileged(const struct like *like, uint64_t caps)
{
	const struct reading *target = like->target;
	uint64_t all = capabilities_known & (like->userns ? UINT64_MAX : like->context->facts->caps);

	return (caps & all) == all && !target->no_new_privs && !wall_stands(WALL_SECCOMP, &like->sides) &&
	       target->seccomp != 1 && !wall_stands(WALL_PATHS, &like->sides) && !has_own_limits(target->pid);
}

static void privileges(struct like *like, uint64_t caps)
{
	give_caps(like, caps);
	if (!like->target->no_new_privs)
		like_add(like, "--security-opt", "no-new-privileges=false");
	filter(like);
	if (!wall_stands(WALL_PATHS, &like->sides))
		like_add(like, "--security-opt", "systempaths=unconfined");
	if (!has_own_limits(like->target->pid))
		like_add(like, "--without", "limits");
}

void like_rights(struct like *like)
{
	bool root = user(like), guarded = has_own_limits(like->target->pid);
	uint64_t caps = wanted_caps(like, root);
	uint64_t most = capabilities_known & (like->userns ? UINT64_MAX : like->context->facts->caps);

	if (!words_flag(like->typed, "--privileged")) {
		lose_caps(like, root, caps & most);
		lose_paths(like, wall_stands(WALL_PATHS, &like->sides));
		if (is_privileged(like, caps))
			like_add(like, "--privileged", "");
		else
			privileges(like, caps & most);
	}
	guarded = guarded && !words_flag(like->typed, "--privileged");
	limits(like, guarded);
	lose_status(like);
	lose_rlimits(like, guarded);
	lose_oom(like, guarded);
}
