/* Whether a seccomp filter refused the call: seccomp(2). A filter that a step has loaded is run here, on the call's own
 * arguments. One around the shell nobody can read: what it refuses is tried, in a process that is thrown away, by a
 * call that the kernel itself would answer otherwise. */
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "doctor/doctor.h"
#include "ops/op.h"
#include "ops/plan.h"
#include "ops/privilege/calls.h"
#include "ops/privilege/capability.h"
#include "ops/privilege/filters.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

/* The argument by which filters choose: all others are addresses, or nothing that a profile looks at. */
static uint64_t chosen_by(const struct op *op, int *argument)
{
	switch ((int)op->kind) {
	case OP_mount:
		*argument = 3;
		return op->mount.flags;
	case OP_umount:
		*argument = 1;
		return op->umount.flags;
	case OP_setns:
		*argument = 1;
		return op->setns.nstype;
	case OP_unshare:
		*argument = 0;
		return op->unshare.flags;
	default:
		*argument = 0;
		return 0;
	}
}

/* Docker's rules let a call through for who kept its capability; the filter was made for what the child has. */
static bool depends_on_capability(const struct failure *at, const char *policy, const char *call, struct error *err)
{
	cleanup_text struct text name = { 0 };
	int cap = op_info(at->op->kind)->needs;

	if (!cap || at->child->cap_bounding >> cap & 1 || !policy || strcmp(policy, DOCKERS_POLICY) != 0)
		return false;
	capability_list(CAPABILITY(cap), "", "", &name);
	fail_fix(err, "container --cap-add %s keeps the capability on which the rule depends; seccomp show %s shows the rule",
		 text_of(&name), call);
	return true;
}

static bool refuses(const struct failure *at, const char *call, struct error *err)
{
	struct filters filters = { 0 };
	int number = op_info(at->op->kind)->side == IN_CHILD ? call_number(call) : -1, argument;
	uint64_t arguments[6] = { 0 }, value = chosen_by(at->op, &argument);
	size_t by = 0;

	for (size_t i = 0; number >= 0 && i < at->plan_count; i++)
		filters_take(at->plans[i], i + 1 < at->plan_count ? at->plans[i]->count : at->made, &filters);
	if (!filters.count)
		return false;
	arguments[argument] = value;
	uint32_t answer = filters_answer(&filters, number, arguments, &by);
	if ((answer & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || (int)(answer & SECCOMP_RET_DATA) != at->outcome->code)
		return false;
	const char *policy = filters.list[by].policy;
	fail_cause(err, CAUSE_SECCOMP_OWN);
	fail_why(err, "the filter that a step has loaded (%s) answers %s to %s(2): its instructions were run on the arguments",
		 vis(policy ? policy : ""), errno_name(at->outcome->code), call);
	if (!depends_on_capability(at, policy, call, err))
		fail_fix(err, "undo takes the filter back; seccomp show %s shows which rule applies", call);
	return true;
}

/* What starts a program makes more than one call. */
static bool by_own(const struct failure *at, struct error *err)
{
	static const char *const starting[] = { "execve", "setresuid", "setresgid", "setgroups", "clone" };
	const struct op_info *info = op_info(at->op->kind);
	bool found = refuses(at, info->name, err);

	for (size_t i = 0; !found && info->starts != STARTS_NOTHING && i < COUNT(starting); i++)
		found = refuses(at, starting[i], err);
	return found;
}

/* The trial of doctor that makes the same call; -1: none does. */
static int trial_of(const struct op *op)
{
	static const struct { enum op_kind kind; enum trial_id trial; } calls[] = {
		{ OP_mount, TRIAL_TMPFS }, { OP_fsopen, TRIAL_TMPFS }, { OP_mask, TRIAL_TMPFS }, { OP_pivot_root, TRIAL_PIVOT },
		{ OP_sethostname, TRIAL_UTS }, { OP_keyring, TRIAL_KEYRING }, { OP_ifup, TRIAL_LO }, { OP_link_add, TRIAL_LO },
		{ OP_addr, TRIAL_LO }, { OP_route, TRIAL_LO },
	};

	for (int trial = 0; op->kind == OP_unshare && trial < TRIALS; trial++)
		if (trials[trial].flag && (op->unshare.flags & (uint64_t)trials[trial].flag))
			return trial;
	for (size_t i = 0; i < COUNT(calls); i++)
		if (calls[i].kind == op->kind)
			return calls[i].trial;
	return -1;
}

/* The calls without which an op cannot be, and since when every kernel has them. */
static const struct since { enum op_kind kind; const char *call; int major, minor; } calls_since[] = {
	{ OP_open_tree, "open_tree", 5, 2 }, { OP_move_mount, "move_mount", 5, 2 }, { OP_mask_file, "open_tree", 5, 2 },
	{ OP_fsopen, "fsopen", 5, 2 }, { OP_fsconfig, "fsconfig", 5, 2 }, { OP_fsmount, "fsmount", 5, 2 },
	{ OP_spawn, "pidfd_open", 5, 3 }, { OP_spawn, "pipe2", 2, 6 }, { OP_exec, "pipe2", 2, 6 }, { OP_clone, "pipe2", 2, 6 },
	{ OP_spawn, "socketpair", 2, 6 }, { OP_exec, "socketpair", 2, 6 }, { OP_clone, "socketpair", 2, 6 }, { OP_burn, "pidfd_open", 5, 3 }, { OP_mount_setattr, "mount_setattr", 5, 12 },
	{ OP_seccomp, "seccomp", 3, 17 }, { OP_setns, "setns", 3, 0 }, { OP_rlimit, "prlimit", 2, 6 }, { OP_capset, "capset", 2, 6 },
	{ OP_setgroups, "setgroups", 2, 6 }, { OP_setresuid, "setresuid", 2, 6 }, { OP_setresgid, "setresgid", 2, 6 },
	{ OP_chroot, "chroot", 2, 6 }, { OP_chdir, "chdir", 2, 6 }, { OP_umount, "umount2", 2, 6 }, { OP_symlink, "symlinkat", 2, 6 },
};

/* As the kernel calls it. */
static const char *called(const char *call)
{
	return strcmp(call, "prlimit") == 0 ? "prlimit64" : call;
}

/* The kernel has the call, and something says that it does not. */
static bool by_hiding(const struct failure *at, struct error *err)
{
	char fix[512];

	if (at->host->seccomp != SECCOMP_MODE_FILTER || (at->outcome->code != ENOSYS && at->outcome->code != EPERM))
		return false;
	for (size_t i = 0; i < COUNT(calls_since); i++) {
		const struct since *call = &calls_since[i];
		if (call->kind != at->op->kind || !facts_kernel(at->facts, call->major, call->minor) || !call_refused(called(call->call), at->outcome->code))
			continue;
		doctor_fix("filter", "", fix, sizeof(fix));
		fail_cause(err, CAUSE_SECCOMP_OUTER);
		fail_why(err, "every kernel has %s(2) since Linux %d.%d, this one is newer: a seccomp filter around this shell answers "
			      "%s in its place", call->call, call->major, call->minor, errno_name(at->outcome->code));
		fail_fix(err, "%s", fix);
		return true;
	}
	return false;
}

static bool by_outer(const struct failure *at, struct error *err)
{
	struct doctor doctor = { .facts = at->facts, .site = { "" } };
	int trial = trial_of(at->op);

	if (at->host->seccomp != SECCOMP_MODE_FILTER || trial < 0 || (at->outcome->code != EPERM && at->outcome->code != ENOSYS))
		return false;
	const struct diagnosis *found = doctor_ask(&doctor, (enum trial_id)trial);
	if (found->state == BEHIND)
		found = doctor_ask(&doctor, found->behind);
	if (found->state != REFUSED || strcmp(found->forbidder.id, "filter") != 0)
		return false;
	fail_cause(err, CAUSE_SECCOMP_OUTER);
	fail_why(err, "a seccomp filter around this shell refuses it: tried in a process that was thrown away, %s", found->forbidder.evidence);
	fail_fix(err, "%s", found->forbidder.fix);
	return true;
}

bool advise_filter(const struct failure *at, struct error *err)
{
	static question *const list[] = { by_own, by_hiding, NULL };

	return ask(list, at, err);
}

bool advise_outer(const struct failure *at, struct error *err)
{
	static question *const list[] = { by_outer, NULL };

	return ask(list, at, err);
}
