/* exec PID|NAME CMD...: docker exec. A new process joins everything that another one is in. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/cgroup/bounds.h"
#include "snapshot/cgroup/limits.h"
#include "words/look/subject.h"
#include "words/plans/privilege/join.h"
#include "walls/closed.h"

static const struct flag_spec flags[] = { PROGRAM_FLAGS, { 0 } };

static const struct arg_spec args[] = {
	{ "PID", WORD_PID, .means = "a process of the container, or the name of a container or job" },
	{ "CMD", WORD_PROGRAM, .many = true, .means = "a program of that root, and its arguments" },
	{ 0 }
};

/* The groups of the target that the new process would not be in by itself. */
static void plan_groups_of(const struct context *context, const struct reading *target,
			   struct plan *plan)
{
	const struct facts *facts = context->facts;
	bool v2 = false;

	for (enum controller i = 0; i < CONTROLLERS; i++) {
		const struct cgroup_place *place = &facts->cgroup[i];
		const char *path = cgroup_of(target, place, i);
		const char *ours = cgroup_of(context->host, place, i);
		char folder[512];
		if (!path || (ours && strcmp(path, ours) == 0) || (v2 && place->version == 2) ||
		    (!facts->root && !place->writable) ||
		    !cgroup_folder(place, path, folder, sizeof(folder)))
			continue;
		v2 = v2 || place->version == 2;
		struct op *op = plan_add(plan, OP_attach);
		op->attach.file.path = arena_print(&plan->arena, "%s/%s", folder,
						   place->version == 1 ? "tasks" : "cgroup.procs");
		op->attach.file.flags = O_WRONLY;
	}
}

/* Whether the map of user namespace gives id 0 a meaning. */
static bool maps_root(const char *map)
{
	unsigned long first;

	for (const char *line = map; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%lu", &first) == 1 && first == 0)
			return true;
	}
	return false;
}

/* Whether its mounts belong to another user namespace than it is in: bwrap puts a second one into the
 * first. To join its own gives no right over what the first owns. The shell's own needs no joining: a
 * process that shares its mounts with the shell has those. */
static bool is_nested(const struct context *context, pid_t pid, const struct reading *target)
{
	ino_t owner = target->ns[NS_USER].id ? ns_owner(pid, NS_MNT) : 0;

	return owner && owner != target->ns[NS_USER].id && owner != context->host->ns[NS_USER].id;
}

/* The user namespace that the mounts belong to, which gives the right to join what it owns, and to join
 * the one in it at last. */
static void plan_setns_owner(struct plan *plan, const struct reading *target)
{
	plan_setns(plan, target, NS_MNT);
	struct op *op = &plan->ops[plan->count - 1].op;
	op->setns.fd.flags |= FD_NS_OWNER;
	op->setns.nstype = ns_types[NS_USER].flag;
	op->setns.inode = 0; /* of the owner, which nobody has read */
}

/* *forks: whether it takes a new process to be in all of them. */
static int plan_join_all(const struct context *context, pid_t pid, const struct reading *target,
			 struct plan *plan, bool *forks, struct error *err)
{
	bool nested = is_nested(context, pid, target);

	if (nested)
		plan_setns_owner(plan, target);
	for (size_t i = 0; i < NS_TYPES; i++) {
		enum ns_link link = ns_join_order[i];
		if (!target->ns[link].id) {
			fail(err, target->ns[link].code, "exec: the namespaces of process %d cannot be "
			     "read", pid);
			closed_tell(context->facts, target, err);
			return -1;
		}
		if (!ns_own(target, context->host, link) || (nested && link == NS_USER))
			continue;
		plan_setns(plan, target, link);
		*forks = *forks || link == NS_PID || link == NS_TIME;
	}
	if (nested)
		plan_setns(plan, target, NS_USER);
	plan->stage = STAGE_PIVOT;
	/* setns(2) leads to the root of the mount namespace. A process that has gone on by
	 * chroot(2) has another. */
	if (target->root && strcmp(target->root, "/") != 0)
		plan_add(plan, OP_chroot)->chroot.path = arena_copy(&plan->arena, target->root);
	plan_add(plan, OP_chdir)->chdir.path = "/";
	return 0;
}

/* Its working directory as it sees it itself; NULL for one that cannot be reached. */
static const char *cwd_of(const struct reading *target, struct plan *plan)
{
	const char *inside = target->root && target->cwd ? path_inside(target->root, target->cwd) : NULL;

	if (!inside || strstr(target->cwd, " (deleted)"))
		return NULL;
	return arena_print(&plan->arena, "/%s", inside);
}

/* The user that --user names, or the container's own, or root where there is one: a process that joins
 * a user namespace keeps its ids outside, and may be nobody inside. Then what that process gave up. */
static int plan_privileges(const struct context *context, const struct words *words, pid_t pid,
			   const struct reading *target, struct plan *plan, struct error *err)
{
	const char *user = words_flag(words, "--user");
	bool joins = ns_own(target, context->host, NS_USER);
	struct whom whom = { .groups = joins || context->facts->root,
			     .further = user ? NULL : groups_of(context, pid) };

	user_of(context, pid, &whom.uid, &whom.gid);
	if (user && !parse_user(user, &whom.uid, &whom.gid))
		return fail_id(err, ERR_PROGRAM_USER, 0, "exec: --user takes UID or UID:GID in numbers, not %s", vis(user));
	if (joins && whom.uid == OP_NO_ID && maps_root(target->uid_map) && maps_root(target->gid_map))
		whom.uid = whom.gid = 0;
	plan_walls_of(context, plan, pid, target, &whom);
	return 0;
}

/* Enter the pid namespace, which only now has processes that can see this one: those that may trace all of that
 * namespace's could else take it over with all capabilities of the shell's. Only a filter comes behind it, among the
 * ops from this one on, because it may forbid to fork. */
static void plan_enter(struct plan *plan, size_t from)
{
	plan->stage = STAGE_NAMESPACES;
	plan_add(plan, OP_fork);
	struct planned last = plan->ops[plan->count - 1];
	while (from < plan->count - 1 && plan->ops[from].op.kind != OP_seccomp)
		from++;
	memmove(&plan->ops[from + 1], &plan->ops[from], (plan->count - 1 - from) * sizeof(last));
	plan->ops[from] = last;
}

static int plan_into(const struct context *context, const struct words *words, pid_t pid,
		     const struct reading *target, struct plan *plan, struct error *err)
{
	/* Its host name is not known here, so the environment goes without. */
	struct reading nameless = *target;
	struct context there = *context;

	nameless.hostname[0] = '\0';
	there.child = &nameless;
	there.plan_of = NULL; /* what was set for the child is not for it */
	plan_add(plan, OP_clone);
	/* While /proc is the host's, and this process's own files in it are its own to write. */
	int oom = bounds_oom(pid);
	plan->stage = STAGE_LIMITS;
	if (oom > 0)
		plan_add(plan, OP_oom)->oom.value = (uint64_t)oom;
	/* What runs there must not ptrace a process of Stave's own on its way in. */
	plan->stage = STAGE_PRIVILEGE;
	plan_add(plan, OP_dumpable)->dumpable.value = 0;
	plan->stage = STAGE_LIMITS;
	plan_groups_of(context, target, plan);
	plan->stage = STAGE_NAMESPACES;
	bool forks = false;
	if (plan_join_all(context, pid, target, plan, &forks, err) < 0)
		return -1;
	size_t joined = plan->count;
	if (plan_privileges(context, words, pid, target, plan, err) < 0)
		return -1;
	if (forks)
		plan_enter(plan, joined);
	plan->child = PLAN_ASIDE;
	plan->stage = STAGE_PROGRAM;
	plan_way(words, plan);
	if (plan->program == PROGRAM_TERMINAL) {
		struct op *op = plan_add(plan, OP_pty);
		op->pty.rows = context->rows;
		op->pty.columns = context->columns;
	}
	if (plan_program(&there, plan, OP_exec, words, 1, err) < 0)
		return -1;
	struct op *op = &plan->ops[plan->count - 1].op;
	if (!op->exec.cwd)
		op->exec.cwd = cwd_of(target, plan);
	op->exec.uid = op->exec.gid = OP_NO_ID; /* it is this user by now */
	return 0;
}

/* Whether this session made the process. */
static bool knows(const struct context *context, pid_t pid)
{
	return context->plan_of && context->plan_of(context, pid, 0);
}

/* Whether it has fewer capabilities than a process that nsenter(1) starts: root's own, or in a user
 * namespace all. */
static bool lacks_capabilities(const struct context *context, const struct reading *target)
{
	uint64_t all = ns_own(target, context->host, NS_USER) ? capabilities_known : context->host->cap_bounding;

	return all & capabilities_known & ~(target->cap_bounding & target->cap_permitted);
}

/* What nsenter(1) does not join. */
static const char *left_out(const struct context *context, const struct reading *target, struct plan *plan)
{
	static const struct { enum op_kind kind; const char *what; } rows[] = {
		{ OP_attach, N_("its control groups") }, { OP_capset, N_("its capabilities") }, { OP_seccomp, N_("its filter") },
	};
	cleanup_text struct text text = { 0 };

	for (size_t row = 0; row < COUNT(rows); row++)
		for (size_t i = 0; i < plan->count; i++)
			if (plan->ops[i].op.kind == rows[row].kind &&
			    (rows[row].kind != OP_capset || lacks_capabilities(context, target))) {
				text_addf(&text, "%s%s", text.len ? ", " : "", _(rows[row].what));
				break;
			}
	return text.len ? arena_copy(&plan->arena, text.s) : NULL;
}

/* Its root and its working directory by descriptors of nsenter(1)'s, which opens the name of another folder
 * outside. */
static const char *nsenter(const struct context *context, struct plan *plan, const struct words *words, pid_t pid,
			   const struct reading *target)
{
	bool own_root = target->root && strcmp(target->root, "/") != 0;
	bool own_folder = !words_flag(words, "--workdir") && cwd_of(target, plan);

	return arena_print(&plan->arena, "%s%s%s", plan_nsenter(context, plan, pid, true), own_root ? " --root" : "",
			   own_folder ? " --wd" : "");
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	struct reading target;
	pid_t pid = subject_pid(context, words->args[0].s, words->args[0].column, err);

	if (!pid)
		return -1;
	if (reading_take(pid, &target, err) < 0)
		return fail_wrap(err, "exec");
	int ret = plan_into(context, words, pid, &target, plan, err);
	plan->changes = true;
	plan->man = "setns(2)";
	plan->joins = arena_copy(&plan->arena, words->args[0].s);
	plan->same_as = program_line(plan, words, 1, nsenter(context, plan, words, pid, &target));
	plan->differs = left_out(context, &target, plan);
	plan->details = _("Neither is the other's child. It drops the privileges that the other one has "
			"dropped, because no namespace carries that.");
	plan->meaning = arena_print(&plan->arena, _("A new process in every namespace and cgroup of "
				    "process %d (%s).%s"), pid, vis(target.comm),
				    target.seccomp == 2 && !knows(context, pid) ?
				    _(" That filter cannot be read, so docker's default is used instead.") : "");
	reading_done(&target);
	return ret;
}

static unsigned needs(const struct words *words)
{
	(void)words;
	return NEEDS_CGROUPS | NEEDS_WALLS;
}

const struct command command_exec = {
	.name = "exec", .kind = BUILDS, .stage = STAGE_NAMESPACES, .group = GROUP_RUNNING, .host_safe = true,
	.summary = "run a program in a running container: docker exec",
	.explain = "Starts a process beside the shell's child, lets it join the cgroups and all "
		"namespaces of another process by setns(2), and become CMD there. The user namespace "
		"comes first: joining it gives the rights to join those that it owns. Joining a pid "
		"namespace needs a fork, because it applies only to children. The working directory is "
		"the target's; the environment is a clean one. Capabilities, no_new_privs and seccomp "
		"filters belong to a process, not to a namespace, so they are dropped or set again, "
		"the filter last: for Stave's containers as they were given, for others as /proc shows "
		"them.\n\n"
		"The target is any process that you may trace: a container of Stave's by its --name, a "
		"job, or the PID of another container.",
	.example = "container -d --name box -- sleep 60\nexec box ps\nexec box -it sh",
	.flags = flags, .args = args, .needs = needs, .build = build,
};
