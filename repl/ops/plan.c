#include "ops/plan.h"

#include <stdlib.h>

#include "base/error.h"

struct op *plan_add_with(struct plan *plan, enum op_kind kind, unsigned flags)
{
	if (plan->count == plan->room) {
		size_t room = plan->room ? plan->room * 2 : 16;
		struct planned *ops = reallocarray(plan->ops, room, sizeof(*ops));
		if (!ops)
			out_of_memory();
		plan->ops = ops;
		plan->room = room;
	}
	struct planned *planned = &plan->ops[plan->count++];
	*planned = (struct planned){ .op = op_new(kind), .flags = flags };
	return &planned->op;
}

struct op *plan_add(struct plan *plan, enum op_kind kind)
{
	return plan_add_with(plan, kind, 0);
}

void plan_done(struct plan *plan)
{
	free(plan->ops);
	arena_done(&plan->arena);
	*plan = (struct plan){ 0 };
}
