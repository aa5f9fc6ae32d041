#include "advice/seen/where.h"

#include <sched.h>
#include <stddef.h>
#include <stdio.h>

#include "advice/seen/failure.h"
#include "base/error.h"
#include "base/text.h"
#include "ops/op.h"
#include "ops/plan.h"

/* The process whose mount namespace the plan has joined: the path of the descriptor names it. 0 for none. */
static pid_t joined(const struct plan *plan)
{
	int pid = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct op *op = &plan->ops[i].op;
		if (op->kind == OP_setns && (op->setns.nstype & CLONE_NEWNS) && op->setns.fd.path)
			sscanf(op->setns.fd.path, "/proc/%d/", &pid);
	}
	return pid;
}

struct where where_of(const struct failure *at)
{
	const struct plan *plan = at->plan_count ? at->plans[at->plan_count - 1] : NULL;

	if (!plan || plan->child != PLAN_ASIDE)
		return (struct where){ 0 };
	pid_t pid = joined(plan);
	return (struct where){ .pid = pid, .aside = !pid };
}

bool where_is_hosts(const struct failure *at)
{
	return at->own || at->op->kind == OP_copy;
}

bool where_look(const struct failure *at, const char *folder, struct error *err)
{
	struct where where = where_of(at);

	if (where_is_hosts(at))
		fail_fix(err, "!ls %s shows what there is", vis(folder));
	else if (where.pid)
		fail_fix(err, "!ls /proc/%d/root%s shows what there is", where.pid, vis(folder));
	else if (where.aside)
		fail_fix(err, "the same container without its program is a child to look into: tree %s", vis(folder));
	else
		fail_fix(err, "tree %s shows what there is", vis(folder));
	return true;
}

bool where_run(const struct failure *at, const char *line, struct error *err)
{
	struct where where = where_of(at);

	if (where_is_hosts(at))
		fail_fix(err, "!%s", vis(line));
	else if (where.pid)
		fail_fix(err, "exec %d %s", where.pid, vis(line));
	else if (where.aside)
		fail_fix(err, "the same container without its program is a child to do it in: run %s", vis(line));
	else
		fail_fix(err, "run %s", vis(line));
	return true;
}

bool where_remount(const struct failure *at, const char *point, const char *options, struct error *err)
{
	if (where_is_hosts(at))
		fail_fix(err, "!mount -o remount,%s %s", options, vis(point));
	else
		fail_fix(err, "mount none %s -o remount,%s", vis(point), options);
	return true;
}
