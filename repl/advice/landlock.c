/* What Landlock refuses without a look at its rules: who it restricts changes no mount. landlock(7), "Current limitations". */
#include <errno.h>

#include "advice/question.h"
#include "base/error.h"
#include "ops/op.h"
#include "ops/plan.h"

static bool restricts(const struct plan *plan, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (plan->ops[i].op.kind == OP_landlock_restrict)
			return true;
	return false;
}

static bool changes_mounts(const struct op *op)
{
	return op->kind == OP_mount || op->kind == OP_umount || op->kind == OP_pivot_root || op->kind == OP_move_mount;
}

bool advise_landlock(const struct failure *at, struct error *err)
{
	bool found = false;

	if (at->outcome->code != EPERM || !changes_mounts(at->op))
		return false;
	for (size_t i = 0; i < at->plan_count; i++)
		found = found || restricts(at->plans[i], i + 1 < at->plan_count ? at->plans[i]->count : at->made);
	if (!found || !premise_holds(at, CAUSE_LANDLOCK_MOUNTS))
		return false;
	fail_cause(err, CAUSE_LANDLOCK_MOUNTS);
	fail_why(err, "a step has put the child behind Landlock, and whoever that restricts changes no mount");
	fail_fix(err, "undo takes the rules back; mount first, and type landlock after that");
	return true;
}
