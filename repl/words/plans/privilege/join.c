/* Parts of plans: the walls of one process, put up for another. */
#include "words/plans/privilege/join.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/facts.h"
#include "snapshot/cgroup/bounds.h"
#include "words/plans/privilege/seccomp.h"

/* What one plan after the other has to say about the process: its ops that are walls. */
struct walls {
	const struct context *context;
	pid_t pid;
	size_t plan, op;
};

static const struct op *next_wall(struct walls *walls)
{
	const struct context *context = walls->context;
	const struct plan *plan;

	if (!context->plan_of)
		return NULL;
	while ((plan = context->plan_of(context, walls->pid, walls->plan))) {
		while (walls->op < plan->count) {
			const struct op *op = &plan->ops[walls->op++].op;
			if (op_info(op->kind)->gives_up)
				return op;
		}
		walls->plan++;
		walls->op = 0;
	}
	return NULL;
}

void user_of(const struct context *context, pid_t pid, uint64_t *uid, uint64_t *gid)
{
	struct walls walls = { .context = context, .pid = pid };
	const struct op *op;

	*uid = *gid = OP_NO_ID;
	while ((op = next_wall(&walls)))
		if (op->kind == OP_setresuid)
			*uid = op->setresuid.id;
		else if (op->kind == OP_setresgid)
			*gid = op->setresgid.id;
}

const char *groups_of(const struct context *context, pid_t pid)
{
	struct walls walls = { .context = context, .pid = pid };
	const struct op *op;
	const char *ret = NULL;

	while ((op = next_wall(&walls)))
		if (op->kind == OP_setgroups)
			ret = op->setgroups.list;
	return ret;
}

/* The filters and Landlock's rules that this session made, in their order. Returns how many of
 * them are filters. */
static size_t plan_known_filters(const struct context *context, struct plan *plan, pid_t pid)
{
	struct walls walls = { .context = context, .pid = pid };
	const struct op *op;
	size_t count = 0;

	while ((op = next_wall(&walls)))
		if (op_info(op->kind)->rule) {
			plan_copy(plan, op);
			count += op->kind == OP_seccomp;
		}
	return count;
}

static void plan_filters(const struct context *context, struct plan *plan, pid_t pid,
			 const struct reading *target)
{
	size_t known = plan_known_filters(context, plan, pid);

	if (target->seccomp == 2 && !known)
		plan_seccomp_docker(plan, target->cap_bounding);
}

/* What the container was given, which its program may have put aside since. */
static const struct op *given_caps(const struct context *context, pid_t pid)
{
	struct walls walls = { .context = context, .pid = pid };
	const struct op *op, *ret = NULL;

	if (pid == context->pid)
		return NULL; /* of the child itself /proc says it best */
	while ((op = next_wall(&walls)))
		ret = op->kind == OP_capset ? op : ret;
	return ret;
}

static bool is_whole(const struct reading *target)
{
	return (target->cap_bounding & capabilities_known) == capabilities_known;
}

static void plan_ids(struct plan *plan, const struct whom *whom)
{
	uint64_t uid = whom->uid, gid = whom->gid;

	if (whom->groups)
		plan_add(plan, OP_setgroups)->setgroups.list =
			whom->further ? arena_copy(&plan->arena, whom->further) : NULL;
	if (gid != OP_NO_ID)
		plan_add(plan, OP_setresgid)->setresgid.id = gid;
	if (uid != OP_NO_ID)
		plan_add(plan, OP_setresuid)->setresuid.id = uid;
}

/* execve(2) gives root what is in the bounding set, unless no_new_privs keeps it to what is
 * permitted. Another user than root has none after setresuid(2). */
static void plan_sets(const struct context *context, struct plan *plan, pid_t pid,
		      const struct reading *target, uint64_t uid)
{
	const struct op *given = given_caps(context, pid);
	uint64_t permitted = given ? given->capset.permitted :
			     target->no_new_privs ? target->cap_permitted : target->cap_bounding;
	uint64_t effective = given ? given->capset.effective :
			     target->no_new_privs ? target->cap_effective : permitted;

	/* A process that stays an ordinary user of the host has none to give up. */
	if (!context->facts->root && !ns_own(target, context->host, NS_USER))
		return;
	if (uid != OP_NO_ID && uid != 0)
		permitted = effective = 0;
	else if (!given && is_whole(target) && !target->no_new_privs)
		return;
	struct op *op = plan_add(plan, OP_capset);
	op->capset.permitted = permitted;
	op->capset.effective = effective & permitted;
}

static void plan_rlimits(struct plan *plan, pid_t pid)
{
	static const int resources[] = { RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_NPROC };
	uint64_t soft, hard, soft_here, hard_here;

	for (size_t i = 0; i < COUNT(resources); i++) {
		if (!bounds_rlimit(pid, resources[i], &soft, &hard) ||
		    !bounds_rlimit(getpid(), resources[i], &soft_here, &hard_here) ||
		    (soft >= soft_here && hard >= hard_here))
			continue;
		struct op *op = plan_add(plan, OP_rlimit);
		op->rlimit.resource = (uint64_t)resources[i];
		op->rlimit.soft = soft;
		op->rlimit.hard = hard;
	}
}

void plan_walls_of(const struct context *context, struct plan *plan, pid_t pid,
		   const struct reading *target, const struct whom *whom)
{
	plan->stage = STAGE_PRIVILEGE;
	plan_rlimits(plan, pid);
	/* The filter forbids the call. */
	if (!context->facts->keys_denied)
		plan_add(plan, OP_keyring);
	/* Without no_new_privs a filter takes CAP_SYS_ADMIN, so it comes before that goes. */
	if (!target->no_new_privs)
		plan_filters(context, plan, pid, target);
	if (~target->cap_bounding & context->host->cap_bounding & capabilities_known)
		plan_add(plan, OP_capbset_drop)->capbset_drop.set = ~target->cap_bounding;
	plan_ids(plan, whom);
	plan_sets(context, plan, pid, target, whom->uid);
	if (!target->no_new_privs)
		return;
	plan_add(plan, OP_no_new_privs);
	plan_filters(context, plan, pid, target);
}

/* ---- telling ---- */

static void add(struct text *to, const char *s)
{
	text_addf(to, "%s%s", to->len ? ", " : "", s);
}

/* Another path in a hierarchy that limits something; "" and named ones do not. */
static bool other_groups(const struct reading *a, const struct reading *b)
{
	for (size_t i = 0; i < a->cgroup_count; i++)
		for (size_t j = 0; j < b->cgroup_count; j++)
			if (a->cgroups[i].hierarchy == b->cgroups[j].hierarchy &&
			    strcmp(a->cgroups[i].path, b->cgroups[j].path) != 0)
				return true;
	return false;
}

const char *unlike(const struct context *context, struct plan *plan,
		   const struct reading *joiner, const struct reading *target)
{
	cleanup_text struct text more = { 0 };
	uint64_t caps = joiner->cap_effective & ~target->cap_effective & capabilities_known;

	(void)context;
	if (caps) {
		cleanup_text struct text names = { 0 };
		int count = __builtin_popcountll(caps);
		capability_list(caps, "", " ", &names);
		if (count <= 3)
			text_sayf(&more, "the capabilities %s", names.s);
		else
			text_sayf(&more, "%d capabilities more", count);
	}
	if (target->no_new_privs && !joiner->no_new_privs)
		add(&more, _("no_new_privs off"));
	if (target->seccomp && !joiner->seccomp)
		add(&more, _("no seccomp filter"));
	if (other_groups(joiner, target))
		add(&more, _("other control groups"));
	return more.len ? arena_copy(&plan->arena, more.s) : "";
}

static bool is_joined(const struct plan *plan, int type)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->ops[i].op.kind == OP_setns && plan->ops[i].op.setns.nstype & ns_types[type].flag)
			return true;
	return false;
}

const char *plan_nsenter(const struct context *context, struct plan *plan, pid_t pid, bool all)
{
	cleanup_text struct text text = { 0 };

	text_addf(&text, "nsenter --target %d", pid);
	all = all && context->facts->root;
	if (all)
		text_add(&text, " --all");
	for (int type = 0; type < NS_TYPES && !all; type++)
		if (is_joined(plan, type))
			text_addf(&text, " --%s", type == NS_NET ? "net" : ns_types[type].long_name);
	if (!context->facts->root && is_joined(plan, NS_USER))
		text_add(&text, " --preserve-credentials");
	return arena_copy(&plan->arena, text_of(&text));
}
