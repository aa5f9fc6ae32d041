/* Parts of plans: limits as they are typed: memory, processes, and what all of them share. */
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "base/show/units.h"
#include "words/plans/cgroup/cgroup.h"

const char *limit_wanted(const struct limits_wanted *wanted, enum knob_id knob)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (wanted->list[i].knob == knob)
			return wanted->list[i].value;
	return NULL;
}

int want_limit(struct limits_wanted *ret, enum knob_id knob, const char *value, unsigned flags,
	       struct error *err)
{
	if (ret->count == LIMITS_MOST)
		return fail_id(err, ERR_LIMIT_MANY, 0, "more than %d limits at once", LIMITS_MOST);
	ret->list[ret->count].knob = knob;
	ret->list[ret->count].value = value;
	ret->list[ret->count++].flags = flags;
	return 0;
}

const char *limit_number(struct plan *plan, uint64_t number)
{
	return arena_print(&plan->arena, "%llu", (unsigned long long)number);
}

/* ---- memory and processes ---- */

/* "max", or bytes as a number, least of them at least. NULL with err. */
static const char *size_value(struct plan *plan, const char *size, uint64_t least,
			      const char *what, struct error *err)
{
	uint64_t bytes = 0;
	bool number = parse_size(size, &bytes);

	if (strcmp(size, "max") == 0)
		return "max";
	if (number && bytes >= least && bytes < INT64_MAX - 65536)
		return limit_number(plan, bytes);
	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid limit on %s", vis(size), what);
	fail_why(err, number ? "no program can start with less than 1M; more than 8 exbibytes would not be a limit" :
			       "not a number of bytes");
	fail_fix(err, "a number of bytes, which may end in K, M or G as in 64M, or max");
	return NULL;
}

static int parse_swap(struct plan *plan, const char *memory, const char *swap,
		      struct limits_wanted *ret, struct error *err)
{
	ret->reading = swap;
	const char *value = size_value(plan, swap, 0, "swap", err);

	if (!value)
		return -1;
	bool both = memory && strcmp(memory, "max") != 0 && strcmp(value, "max") != 0;
	return want_limit(ret, KNOB_MEMORY_SWAP,
			  both ? arena_print(&plan->arena, "%s %s", value, memory) : value, 0, err);
}

int parse_memory(struct plan *plan, const char *size, const char *swap,
		 struct limits_wanted *ret, struct error *err)
{
	ret->reading = size;
	const char *value = size ? size_value(plan, size, 1 << 20, "memory", err) : NULL;

	if (size && (!value || want_limit(ret, KNOB_MEMORY_MAX, value, 0, err) < 0))
		return -1;
	if (swap)
		return parse_swap(plan, value, swap, ret, err);
	/* Else what does not fit goes to swap. Not every kernel counts that. */
	if (value && strcmp(value, "max") != 0)
		return want_limit(ret, KNOB_MEMORY_SWAP, arena_print(&plan->arena, "0 %s", value),
				  PLAN_MAY_FAIL, err);
	return value ? want_limit(ret, KNOB_MEMORY_SWAP, "max", PLAN_MAY_FAIL, err) : 0;
}

int parse_high(struct plan *plan, const char *size, struct limits_wanted *ret, struct error *err)
{
	ret->reading = size;
	const char *value = size_value(plan, size, 1 << 20, "memory", err);

	return value ? want_limit(ret, KNOB_MEMORY_HIGH, value, 0, err) : -1;
}

int parse_pids(struct plan *plan, const char *number, struct limits_wanted *ret,
	       struct error *err)
{
	uint64_t most = 0;

	ret->reading = number;
	if (strcmp(number, "max") == 0)
		return want_limit(ret, KNOB_PIDS_MAX, "max", 0, err);
	if (parse_number(number, &most) && most > 0 && most <= 4194304)
		return want_limit(ret, KNOB_PIDS_MAX, limit_number(plan, most), 0, err);
	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid limit on processes", vis(number));
	return fail_fix(err, "a number from 1 to 4194304, or max");
}

void account_for(const struct facts *facts, struct limits_wanted *wanted)
{
	const struct cgroup_place *cpu = &facts->cgroup[CONTROLLER_CPU];
	const struct cgroup_place *account = &facts->cgroup[CONTROLLER_CPUACCT];

	if (!limit_wanted(wanted, KNOB_CPU_QUOTA) || cpu->version != 1 || account->version != 1 ||
	    strcmp(cpu->mount, account->mount) == 0 || !account->writable ||
	    wanted->count == LIMITS_MOST)
		return;
	wanted->list[wanted->count].knob = KNOB_ACCOUNT;
	wanted->list[wanted->count++].value = NULL;
}

/* ---- by both names ---- */

static const char *cpu_by_both_names(struct plan *plan, const char *value)
{
	struct arena *arena = &plan->arena;

	return arena_print(arena, _("cpu.cfs_quota_us %s and cpu.cfs_period_us %s on cgroup v1 are cpu.max "
			   "\"%s\" on v2"), knob_text(&knobs[KNOB_CPU_QUOTA], 1, value, arena),
			   knob_text(&knobs[KNOB_CPU_PERIOD], 1, value, arena), value);
}

static bool is_same_on_both(struct plan *plan, const struct knob *knob, const char *value)
{
	return knob->v1 && knob->v2 && strcmp(knob->v1, knob->v2) == 0 &&
	       strcmp(knob_text(knob, 1, value, &plan->arena), knob_text(knob, 2, value, &plan->arena)) == 0;
}

const char *limits_by_both_names(struct plan *plan, const struct limits_wanted *wanted)
{
	cleanup_text struct text text = { 0 };
	struct arena *arena = &plan->arena;

	for (size_t i = 0; i < wanted->count; i++) {
		const struct knob *knob = &knobs[wanted->list[i].knob];
		const char *value = wanted->list[i].value;
		if (wanted->list[i].knob == KNOB_CPU_PERIOD || !value)
			continue;
		text_add(&text, text_joint(&text));
		if (wanted->list[i].knob == KNOB_CPU_QUOTA)
			text_add(&text, cpu_by_both_names(plan, value));
		else if (is_same_on_both(plan, knob, value))
			text_sayf(&text, "%s %s is the same on cgroup v1 and v2", knob->v2,
				  knob_text(knob, 2, value, arena));
		else if (knob->v1 && knob->v2)
			text_sayf(&text, "%s %s on cgroup v1 is %s %s on v2", knob->v1,
				  knob_text(knob, 1, value, arena), knob->v2,
				  knob_text(knob, 2, value, arena));
		else
			text_sayf(&text, "%s is on cgroup v2 only; v1 has %s", knob->v2, knob->instead);
	}
	return arena_copy(arena, text_of(&text));
}
