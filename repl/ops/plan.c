#include "ops/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

struct op *plan_add_with(struct plan *plan, enum op_kind kind, unsigned flags)
{
	LIST_ROOM(plan->ops, plan->count, plan->room);
	struct planned *planned = &plan->ops[plan->count++];
	*planned = (struct planned){ .op = op_new(kind), .flags = flags, .stage = plan->stage };
	return &planned->op;
}

struct op *plan_add(struct plan *plan, enum op_kind kind)
{
	return plan_add_with(plan, kind, 0);
}

static const char *const *copy_list(struct arena *arena, const char *const *list)
{
	size_t count = 0;

	while (list && list[count])
		count++;
	const char **ret = list ? arena_new(arena, (count + 1) * sizeof(*ret)) : NULL;
	for (size_t i = 0; i < count; i++)
		ret[i] = arena_copy(arena, list[i]);
	return ret;
}

static struct op_bytes copy_bytes(struct arena *arena, const struct op_bytes *from)
{
	void *bytes = arena_new(arena, from->length + 1);

	if (from->length)
		memcpy(bytes, from->bytes, from->length);
	return (struct op_bytes){ bytes, from->length };
}

void plan_copy(struct plan *plan, const struct op *op)
{
	struct op *copy = plan_add(plan, op->kind);
	struct arena *arena = &plan->arena;

	*copy = *op;
	for (const struct field *field = op_info(op->kind)->fields; field->name; field++) {
		void *at = (char *)copy + field->at;
		const char **string = at;
		struct op_fd *fd = at;
		if (field->kind == FIELD_STRING && *string)
			*string = arena_copy(arena, *string);
		else if (field->kind == FIELD_LIST)
			*(const char *const **)at = copy_list(arena, *(const char *const **)at);
		else if (field->kind == FIELD_BYTES)
			*(struct op_bytes *)at = copy_bytes(arena, at);
		else if (field->kind == FIELD_FD)
			*fd = (struct op_fd){ fd->path ? arena_copy(arena, fd->path) : NULL,
					      fd->flags, -1 };
	}
}

/* What says nothing about the machine: with more memory, room or descriptors the same call succeeds. */
static bool is_want(int code)
{
	return code == ENOMEM || code == ENOSPC || code == EMFILE || code == ENFILE;
}

bool plan_passes(const struct planned *planned, const struct op_outcome *outcome)
{
	return outcome->code == 0 || ((planned->flags & PLAN_MAY_FAIL) && !is_want(outcome->code)) ||
	       (outcome->code == ENODEV && (planned->flags & PLAN_MAY_BE_GONE)) ||
	       (outcome->code == EEXIST && (planned->flags & PLAN_MAY_EXIST));
}

void plan_done(struct plan *plan)
{
	free(plan->ops);
	arena_done(&plan->arena);
	*plan = (struct plan){ 0 };
}
