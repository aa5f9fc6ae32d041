#include "walls/lift.h"

#include <string.h>
#include <sys/mount.h>

#include "base/text.h"
#include "ops/plan.h"

static unsigned parts_of(enum wall_id wall)
{
	const struct wall_switch *with = walls[wall].lifts;

	return !with->lift ? 0 : with->parts ? with->parts : 1;
}

bool lift_nth(size_t i, struct lift *ret)
{
	for (enum wall_id wall = 0; wall < WALLS; wall++) {
		unsigned parts = parts_of(wall);
		if (i < parts) {
			*ret = (struct lift){ wall, (unsigned)i };
			return true;
		}
		i -= parts;
	}
	return false;
}

enum lift_tier lift_tier(size_t i)
{
	struct lift lift;

	return lift_nth(i, &lift) ? walls[lift.wall].lifts->tier : TIERS;
}

void lift_name(size_t i, struct text *ret)
{
	struct lift lift;

	if (!lift_nth(i, &lift))
		return;
	const struct wall_switch *with = walls[lift.wall].lifts;
	text_add(ret, with->before ? with->before : "");
	if (with->part)
		with->part(lift.part, ret);
	else
		text_add(ret, walls[lift.wall].name);
}

const char *lift_controller(size_t i)
{
	struct lift lift;

	return lift_nth(i, &lift) && lift.wall == WALL_LIMITS ? limit_controller(lift.part) : NULL;
}

bool lift_fix(size_t i, struct text *ret)
{
	static const char mark[] = "{part}";
	struct lift lift;

	if (!lift_nth(i, &lift))
		return false;
	const struct wall_switch *with = walls[lift.wall].lifts;
	const char *fix = with->fixes ? with->fixes[lift.part] : with->fix, *at = fix ? strstr(fix, mark) : NULL;
	if (!fix)
		return false;
	text_addn(ret, fix, at ? (size_t)(at - fix) : strlen(fix));
	if (at) {
		with->part(lift.part, ret);
		text_add(ret, at + strlen(mark));
	}
	return true;
}

const char *lift_option(size_t i)
{
	struct lift lift;
	const struct wall_switch *with = lift_nth(i, &lift) ? walls[lift.wall].lifts : NULL;

	return with && with->options ? with->options[lift.part] : NULL;
}

/* Whether the op stays in the plan. */
static bool lift_op(const struct lifts *lifts, struct planned *planned, struct lifts *builds)
{
	size_t i = 0;

	for (enum wall_id wall = 0; wall < WALLS; wall++)
		for (unsigned part = 0; part < parts_of(wall); part++, i++) {
			struct planned trial = *planned;
			enum lifted lifted = walls[wall].lifts->lift(&trial, part);
			if (lifted != LIFTED_NOTHING && builds)
				builds->on[i] = true;
			if (lifted == LIFTED_NOTHING || !lifts->on[i])
				continue;
			if (lifted == LIFTED_WHOLE)
				return false;
			*planned = trial;
		}
	return true;
}

/* Whoever has no pid namespace of its own in its user namespace mounts no proc, and shows the one around it. */
static void show_proc(struct op *op)
{
	if (op->kind != OP_mount || !op->mount.fstype || strcmp(op->mount.fstype, "proc") != 0)
		return;
	op->mount.source = "/proc";
	op->mount.fstype = op->mount.data = NULL;
	op->mount.flags = MS_BIND | MS_REC;
}

static bool lifts_pid(const struct lifts *lifts)
{
	struct lift lift;

	for (size_t i = 0; i < LIFTS_MOST; i++)
		if (lifts->on[i] && lift_nth(i, &lift) && lift.wall == WALL_PID)
			return true;
	return false;
}

static bool lifts_ground(const struct lifts *lifts)
{
	for (size_t i = 0; i < LIFTS_MOST; i++)
		if (lifts->on[i] && lift_tier(i) > TIER_PRIVILEGE)
			return true;
	return false;
}

void lift_plan(const struct lifts *lifts, struct plan *plan, struct lifts *builds)
{
	bool loose = lifts_ground(lifts), shared = lifts_pid(lifts);
	size_t kept = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct planned planned = plan->ops[i];
		if (!lift_op(lifts, &planned, builds))
			continue;
		if (shared)
			show_proc(&planned.op);
		if (loose && op_info(planned.op.kind)->starts == STARTS_NOTHING && planned.op.kind != OP_clone)
			planned.flags |= PLAN_MAY_FAIL;
		plan->ops[kept++] = planned;
	}
	plan->count = kept;
}

void lift_find(const struct plan *plan, struct lifts *ret)
{
	const struct lifts none = { 0 };

	for (size_t i = 0; i < plan->count; i++) {
		struct planned planned = plan->ops[i];
		lift_op(&none, &planned, ret);
	}
}
