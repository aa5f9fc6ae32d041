/* Why control groups refuse: found by looking at the groups. cgroups(7). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advice/question.h"
#include "advice/seen/refusal.h"
#include "advice/seen/taken.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"
#include "snapshot/cgroup/limits.h"

/* ---- no such controller ---- */

/* The controller of that name, or of a file such as memory.max; CONTROLLERS for none known. */
static enum controller controller_of(const char *file)
{
	size_t length = strcspn(file, ".");

	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (strlen(controller_names[i]) == length &&
		    strncmp(controller_names[i], file, length) == 0)
			return i;
	return CONTROLLERS;
}

static bool say_gap(struct refusal *at, const char *from, enum controller controller,
		    struct error *err)
{
	const char *name = controller_names[controller];
	const char *gap = refusal_gap(at, from, controller);

	if (!gap) {
		hierarchy_lacks(at->facts, controller, err);
		return true;
	}
	fail_cause(err, CAUSE_CGROUP_GAP);
	fail_why(err, "%s has the controller %s but does not enable it for groups below; controllers are enabled from the "
		 "top down", vis(gap), name);
	fail_fix(err, "!echo +%s > %s/cgroup.subtree_control", name, vis(gap));
	return true;
}

static bool no_controller(struct refusal *at, struct error *err)
{
	if (at->op->kind != OP_control || (at->code != ENOENT && at->code != EINVAL))
		return false;
	if (strcmp(at->file, "cgroup.subtree_control") == 0) {
		enum controller controller = controller_of(at->op->control.value + 1);
		if (controller == CONTROLLERS) {
			fail_cause(err, CAUSE_CGROUP_UNKNOWN);
			fail_why(err, "no controller is called %s", vis(at->op->control.value + 1));
			fail_fix(err, "cgroup.controllers lists them: %s",
				 vis(refusal_read(at, at->group, "cgroup.controllers")));
			return true;
		}
		return at->code == ENOENT &&
		       say_gap(at, path_parent(&at->arena, at->group), controller, err);
	}
	enum controller controller = controller_of(at->file);
	if (at->code != ENOENT || controller == CONTROLLERS || !refusal_is_v2(at) ||
	    hierarchy_has(at->group, "cgroup.controllers", controller))
		return false;
	return say_gap(at, path_parent(&at->arena, at->group), controller, err);
}

/* ENODEV is of a file that was open before. */
static bool is_gone(struct refusal *at, struct error *err)
{
	if (at->op->kind != OP_control || (at->code != ENOENT && at->code != ENODEV) || access(at->group, F_OK) == 0)
		return false;
	fail_cause(err, CAUSE_CGROUP_GONE);
	fail_why(err, "the group %s is gone", vis(at->group));
	return true;
}

static bool no_file(struct refusal *at, struct error *err)
{
	if (at->op->kind != OP_control || at->code != ENOENT)
		return false;
	fail_cause(err, CAUSE_CGROUP_NO_FILE);
	fail_why(err, "Linux %s has no %s", vis(at->facts->kernel), vis(at->file));
	if (strstr(at->file, "weight"))
		fail_fix(err, "the disk's scheduler has to be bfq (echo bfq > /sys/block/DISK/queue/scheduler), or "
			 "the kernel built with CONFIG_BLK_CGROUP_IOCOST");
	return true;
}

/* ---- processes in the way ---- */

static bool internal_processes(struct refusal *at, struct error *err)
{
	bool enabling = at->op->kind == OP_control && strcmp(at->file, "cgroup.subtree_control") == 0;

	bool joins = at->op->kind == OP_attach || at->op->kind == OP_vacate || strcmp(at->file, "cgroup.procs") == 0;

	if (at->code != EBUSY || !refusal_is_v2(at) || (!enabling && !joins))
		return false;
	const char *in_the_way = enabling ? refusal_members(at, at->group) : "";
	const char *down = refusal_read(at, at->group, "cgroup.subtree_control");
	if (*in_the_way) {
		fail_cause(err, CAUSE_CGROUP_MEMBERS);
		fail_why(err, "%s has processes, and only groups without processes can enable "
			 "controllers for groups below (the \"no internal processes\" rule): %s", vis(at->group), in_the_way);
		fail_fix(err, "move them into a group below: !mkdir %s/leaf, and each pid to its cgroup.procs",
			 vis(at->group));
		return true;
	}
	if (enabling || !*down)
		return false;
	fail_cause(err, CAUSE_CGROUP_ENABLES);
	fail_why(err, "%s enables %s for the groups below, so it takes no processes (the \"no internal "
		 "processes\" rule)", vis(at->group), vis(down));
	const char *below = refusal_below(at, at->group, refusal_any);
	if (below)
		fail_fix(err, "cgroup join %s", vis(below));
	else
		fail_fix(err, "!mkdir %s/leaf, then cgroup join %s/leaf", vis(at->group), vis(at->group));
	return true;
}

static bool not_empty(struct refusal *at, struct error *err)
{
	if (at->op->kind != OP_cgroup_rmdir || at->code != EBUSY)
		return false;
	const char *below = refusal_below(at, at->path, refusal_any), *in_it = refusal_members(at, at->path);
	fail_cause(err, below ? CAUSE_CGROUP_BELOW : CAUSE_CGROUP_MEMBERS);
	if (below)
		fail_why(err, "the group %s is below it", vis(below));
	else if (*in_it)
		fail_why(err, "it has processes: %s", in_it);
	else
		return false;
	fail_fix(err, below ? "cgroup tree shows the groups" : "cgroup kill, then cgroup rm");
	return true;
}

/* A limit below what is used, which cannot be taken back; v1 says EBUSY, v2 kills. */
static bool too_little(struct refusal *at, struct error *err)
{
	if (at->op->kind != OP_control || at->code != EBUSY || strcmp(at->file, "memory.limit_in_bytes") != 0)
		return false;
	fail_cause(err, CAUSE_CGROUP_MEMORY_USED);
	fail_why(err, "the group uses %s bytes, and the kernel could not reclaim enough of them",
		 vis(refusal_read(at, at->group, "memory.usage_in_bytes")));
	fail_fix(err, "set a higher limit, or end a program first: ps, kill");
	return true;
}

/* What is written to cgroup.procs, cgroup.threads and tasks by hand: the number of a process. */
static bool no_process(struct refusal *at, struct error *err)
{
	const char *value = at->op->kind == OP_control ? at->op->control.value : "";
	bool takes = strcmp(at->file, "cgroup.procs") == 0 || strcmp(at->file, "cgroup.threads") == 0 || strcmp(at->file, "tasks") == 0;

	if (at->op->kind != OP_control || !takes || (at->code != EINVAL && at->code != ESRCH))
		return false;
	if (at->code == EINVAL && value[strspn(value, "0123456789")] == '\0' && value[0] && strcmp(value, "0") != 0)
		return false;
	fail_cause(err, at->code == EINVAL ? CAUSE_CGROUP_NO_NUMBER : CAUSE_CGROUP_NO_PROCESS);
	if (at->code == EINVAL)
		fail_why(err, "%s takes the number of a process, and not %s", vis(at->file), vis(value));
	else
		fail_why(err, "there is no process %s", vis(value));
	fail_fix(err, "ps lists the processes; cgroup join %s moves the child", vis(at->group));
	return true;
}

/* ---- the state of the group ---- */

static bool threaded(struct refusal *at, struct error *err)
{
	if (at->code != EOPNOTSUPP || !refusal_is_v2(at))
		return false;
	const char *type = refusal_read(at, at->group, "cgroup.type");
	const char *parent = path_parent(&at->arena, at->group);
	const char *sibling = refusal_below(at, parent, refusal_threaded);
	if (strcmp(type, "domain invalid") == 0) {
		fail_cause(err, CAUSE_CGROUP_INVALID);
		fail_why(err, "%s is \"domain invalid\": %s was made threaded, which makes %s the root of a "
			 "threaded part", vis(at->group), vis(sibling ? sibling : _("a group beside it")), vis(parent));
		fail_fix(err, "!echo threaded > %s/cgroup.type, or use a group elsewhere", vis(at->group));
		return true;
	}
	if (strcmp(type, "threaded") != 0)
		return false;
	fail_cause(err, CAUSE_CGROUP_THREADED);
	fail_why(err, "%s is threaded: it takes threads (cgroup.threads) of processes of its domain only",
		 vis(at->group));
	fail_fix(err, "join the domain, %s, first", vis(parent));
	return true;
}

static bool empty_cpuset(struct refusal *at, struct error *err)
{
	if (at->code != ENOSPC)
		return false;
	const char *lacking = !*refusal_read(at, at->group, "cpuset.cpus") ? "cpuset.cpus" : "cpuset.mems";
	fail_cause(err, CAUSE_CGROUP_CPUSET);
	fail_why(err, "%s of %s is empty: no process could run there", lacking, vis(at->group));
	fail_fix(err, "!echo 0 > %s/%s", vis(at->group), lacking);
	return true;
}

/* What is no number, in a file that takes one. */
static bool no_number(struct refusal *at, struct error *err)
{
	static const char *const numbers[] = { "pids.max", "memory.max", "memory.high", "memory.limit_in_bytes", "memory.low", "memory.min",
					       "memory.swap.max", "cpu.weight", "cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us" };
	const char *value = at->op->kind == OP_control ? at->op->control.value : "";
	bool takes = false, v1 = strchr(at->file, '_') != NULL;

	for (size_t i = 0; i < COUNT(numbers); i++)
		takes = takes || strcmp(at->file, numbers[i]) == 0;
	size_t digits = strspn(value, "0123456789");
	if (!takes || at->code != EINVAL || (value[0] && !value[digits + (digits && strchr("kKmMgG", value[digits]) && value[digits])]))
		return false;
	fail_cause(err, CAUSE_CGROUP_VALUE);
	fail_why(err, v1 ? "%s takes a number, and not %s" : "%s takes a number, or max, and not %s", vis(at->file), vis(value));
	fail_fix(err, "cgroup show shows the limits as they are");
	return true;
}

/* A number that no group takes. */
static bool out_of_range(struct refusal *at, struct error *err)
{
	cleanup_text struct text why = { 0 };

	if (at->op->kind != OP_control || (at->code != EINVAL && at->code != ERANGE) || !control_refuses(at->file, at->op->control.value, &why))
		return false;
	fail_cause(err, CAUSE_CGROUP_RANGE);
	fail_why(err, "%s", text_of(&why));
	fail_fix(err, "cgroup show shows the limits as they are");
	return true;
}

/* Values that depend on another one. */
static bool at_odds(struct refusal *at, struct error *err)
{
	if (at->op->kind != OP_control || at->code != EINVAL)
		return false;
	const char *idle = refusal_read(at, at->group, "cpu.idle");
	if ((strcmp(at->file, "cpu.weight") == 0 || strcmp(at->file, "cpu.shares") == 0) && *idle == '1') {
		fail_cause(err, CAUSE_CGROUP_IDLE);
		fail_why(err, "the group is idle (cpu.idle is 1), and an idle group has no weight");
		fail_fix(err, "cgroup idle off");
		return true;
	}
	if (strcmp(at->file, "cpu.cfs_burst_us") == 0 || strcmp(at->file, "cpu.max.burst") == 0) {
		const char *v1 = refusal_read(at, at->group, "cpu.cfs_quota_us");
		fail_cause(err, CAUSE_CGROUP_BURST);
		fail_why(err, "a burst is at most the quota, which is %s", vis(*v1 ? v1 : refusal_read(at, at->group, "cpu.max")));
		fail_fix(err, "cgroup cpu QUOTA first, or a smaller burst");
		return true;
	}
	if (strcmp(at->file, "cpu.cfs_quota_us") == 0) {
		fail_cause(err, CAUSE_CGROUP_ABOVE);
		fail_why(err, "on cgroup v1 no group gets more than the one above, %s",
			 vis(path_parent(&at->arena, at->group)));
		return true;
	}
	return false;
}

static bool no_disk(struct refusal *at, struct error *err)
{
	if (at->op->kind != OP_control || at->code != ENODEV)
		return false;
	fail_cause(err, CAUSE_CGROUP_NO_DISK);
	fail_why(err, "there is no disk %.*s", (int)strcspn(at->op->control.value, " "), at->op->control.value);
	fail_fix(err, "lsblk lists the disks; partitions have no limits of their own");
	return true;
}

/* How many levels path is below level. */
static long depth_below(const char *level, const char *path)
{
	long ret = 0;

	for (const char *rest = path + strlen(level); *rest; rest++)
		ret += *rest == '/';
	return ret;
}

static bool too_many(struct refusal *at, struct error *err)
{
	if (at->op->kind != OP_cgroup_mkdir || at->code != EAGAIN)
		return false;
	for (const char *level = at->group; strlen(level) > 1; level = path_parent(&at->arena, level)) {
		const char *depth = refusal_read(at, level, "cgroup.max.depth");
		const char *most = refusal_read(at, level, "cgroup.max.descendants");
		if ((!*depth || strcmp(depth, "max") == 0) && (!*most || strcmp(most, "max") == 0))
			continue;
		bool deep = *depth && strcmp(depth, "max") != 0 && depth_below(level, at->path) > atol(depth);
		if (!deep && (!*most || strcmp(most, "max") == 0))
			continue;
		fail_cause(err, deep ? CAUSE_CGROUP_DEPTH : CAUSE_CGROUP_MAX);
		fail_why(err, deep ? "cgroup.max.depth of %s is %s" : "cgroup.max.descendants of %s is %s, and it has as many groups below",
			 vis(level), vis(deep ? depth : most));
		return true;
	}
	return false;
}

/* ---- all of them ---- */

bool advise_cgroup(const struct failure *failure, struct error *err)
{
	static bool (*const looks[])(struct refusal *, struct error *) = {
		is_gone, no_controller, no_file, no_process, internal_processes, not_empty, too_little, threaded, empty_cpuset,
		no_number, out_of_range, at_odds, no_disk, too_many, ask_delegation,
	};
	const struct op *op = failure->op;
	const char *path = op_string(op, op_info(op->kind)->cgroup);
	struct refusal at = { .facts = failure->facts, .child = failure->child, .op = op,
			      .code = failure->outcome->code, .path = path };
	bool found = false;

	if (!path || failure->outcome->detail[0])
		return false;
	at.file = path_name(path);
	/* vacate moves all out of a group itself. */
	at.group = op->kind == OP_vacate ? path : path_parent(&at.arena, path);
	for (size_t i = 0; !found && i < COUNT(looks); i++)
		found = looks[i](&at, err);
	arena_done(&at.arena);
	return found;
}
