#include "ops/same.h"

#include <string.h>

#include "base/text.h"
#include "ops/plan.h"

static enum op_part part_of(const struct planned *planned)
{
	return op_info(planned->op.kind)->part;
}

const char *plan_man(const struct plan *plan)
{
	const struct planned *ret = plan->count ? &plan->ops[0] : NULL;

	if (plan->man)
		return plan->man;
	/* What tells most, and of that the first: what prepares tells more than books do. */
	for (size_t i = 0; i < plan->count; i++)
		if (part_of(&plan->ops[i]) < part_of(ret))
			ret = &plan->ops[i];
	return ret ? op_info(ret->op.kind)->man : NULL;
}

/* Whether the next op makes a folder inside this folder of Stave's: its mkdir -p makes both. */
static bool is_made_by_next(const struct plan *plan, size_t i)
{
	return i + 1 < plan->count && plan->ops[i].flags & PLAN_PRIVATE && plan->ops[i + 1].flags & PLAN_PRIVATE;
}

/* "mkdir A" may find A already there; or the folders above A are Stave's, and may exist or be gone by the
 * time somebody copies the line. */
static bool add_command(const struct planned *planned, struct text *ret)
{
	cleanup_text struct text command = { 0 };

	if (!op_shell(&planned->op, &command))
		return false;
	if (planned->flags & PLAN_PRIVATE)
		text_addf(ret, "(umask 077 && mkdir -p %s)", text_of(&command) + 6);
	else if ((planned->flags & PLAN_MAY_EXIST) && strncmp(text_of(&command), "mkdir ", 6) == 0)
		text_addf(ret, "mkdir -p %s", text_of(&command) + 6);
	else
		text_add(ret, text_of(&command));
	return true;
}

int plan_script(const struct plan *plan, struct text *ret)
{
	const char *between = "";
	bool any = false;

	if (plan->same_as) {
		text_add(ret, plan->same_as);
		return plan->same_as[0] != '\0';
	}
	for (size_t i = 0; i < plan->count; i++) {
		cleanup_text struct text command = { 0 };
		if (part_of(&plan->ops[i]) == PART_BOOKS || is_made_by_next(plan, i) || !add_command(&plan->ops[i], &command))
			continue;
		text_addf(ret, "%s%s", any ? between : "", text_of(&command));
		/* What may fail does not end the rest. */
		between = plan->ops[i].flags & PLAN_MAY_FAIL ? "; " : " && ";
		any = true;
	}
	return any;
}

/* Whether an op before i makes the same call: three times setns(2) is named once. */
static bool is_told(const struct plan *plan, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (strcmp(op_info(plan->ops[before].op.kind)->man, op_info(plan->ops[i].op.kind)->man) == 0)
			return true;
	return false;
}

void plan_differs(const struct plan *plan, struct text *ret)
{
	size_t start = ret->len;

	if (plan->same_as || plan->differs) {
		text_add(ret, plan->differs ? plan->differs : "");
		return;
	}
	for (size_t i = 0; i < plan->count; i++) {
		cleanup_text struct text unused = { 0 };
		const struct op_info *info = op_info(plan->ops[i].op.kind);
		if (info->part == PART_BOOKS || op_shell(&plan->ops[i].op, &unused) || is_told(plan, i))
			continue;
		text_addf(ret, "%s%s", ret->len > start ? ", " : "", info->man);
	}
}

void plan_same_as(const struct plan *plan, struct text *ret)
{
	cleanup_text struct text script = { 0 }, differs = { 0 };

	plan_differs(plan, &differs);
	if (!plan_script(plan, &script))
		text_say(ret, "no command does the same");
	else if (differs.len)
		text_sayf(ret, "same as: %s (without %s)", text_of(&script), text_of(&differs));
	else
		text_sayf(ret, "same as: %s", text_of(&script));
}
