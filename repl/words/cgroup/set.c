/* cgroup cpu, weight, burst, idle, memory, pids, io, cpuset: limits are written. */
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "words/cgroup/cgroup.h"

/* ---- what is asked for ---- */

static int read_memory(const struct words *words, struct plan *plan, struct limits_wanted *wanted,
		       struct error *err)
{
	const char *high = words_flag(words, "--high");

	if (parse_memory(plan, words->args[1].s, words_flag(words, "--swap"), wanted, err) < 0 ||
	    (high && parse_high(plan, high, wanted, err) < 0))
		return -1;
	if (words_flag(words, "--oom-group")) {
		wanted->list[wanted->count].knob = KNOB_MEMORY_OOM_GROUP;
		wanted->list[wanted->count++].value = "1";
	}
	return 0;
}

static int read_io(const struct context *context, const struct words *words, struct plan *plan,
		   struct limits_wanted *wanted, struct error *err)
{
	bool disk = !strchr(words->args[1].s, '=');
	const char *settings[8];
	size_t count = 0;

	for (size_t i = disk ? 2 : 1; i < words->count; i++)
		settings[count++] = words->args[i].s;
	return parse_io(context, plan, disk ? words->args[1].s : NULL, settings, count, wanted, err);
}

static int read_words(const struct context *context, const struct words *words, struct plan *plan,
		      struct limits_wanted *wanted, struct error *err)
{
	const char *verb = words->args[0].s, *value = words->args[1].s;

	if (strcmp(verb, "cpu") == 0)
		return parse_cpu(plan, value, words_arg(words, 2), wanted, err);
	if (strcmp(verb, "weight") == 0)
		return parse_weight(plan, value, wanted, err);
	if (strcmp(verb, "burst") == 0)
		return parse_burst(plan, value, wanted, err);
	if (strcmp(verb, "idle") == 0)
		return parse_idle(plan, value, wanted, err);
	if (strcmp(verb, "memory") == 0)
		return read_memory(words, plan, wanted, err);
	if (strcmp(verb, "pids") == 0)
		return parse_pids(plan, value, wanted, err);
	if (strcmp(verb, "io") == 0)
		return read_io(context, words, plan, wanted, err);
	return parse_cpuset(context, plan, value, words_arg(words, 2), wanted, err);
}

/* ---- what it means ---- */

static const char *meaning_of_cpu(struct plan *plan, const char *value)
{
	uint64_t quota, period;
	const char *each = strchr(value, ' ') + 1;
	const char *time = arena_copyn(&plan->arena, value, (size_t)(each - 1 - value));

	if (!parse_number(time, &quota) || !parse_number(each, &period))
		return _("The child may use all the CPU time it gets.");
	return arena_print(&plan->arena, _("In each %s us the child and its programs together may run for %s "
			   "us, %.4g %% of one CPU; then they wait for the next period."), each, time,
			   100.0 * (double)quota / (double)period);
}

/* What the first limit of the line does to those in the group. */
static const char *meaning_of(struct plan *plan, const struct limits_wanted *wanted)
{
	const char *value = wanted->list[0].value;
	uint64_t number = 0;

	switch (wanted->list[0].knob) {
	case KNOB_CPU_PERIOD:
	case KNOB_CPU_QUOTA:
		return meaning_of_cpu(plan, value);
	case KNOB_CPU_WEIGHT:
		parse_number(value, &number);
		return arena_print(&plan->arena, _("When other groups want the CPU too, this group gets %llu parts for "
				   "each 100 of a default group; it may use all of an idle CPU."),
				   (unsigned long long)number);
	case KNOB_CPU_BURST:
		return _("Unused time of the quota is saved, up to this much, for a busier period.");
	case KNOB_CPU_IDLE:
		return strcmp(value, "1") == 0 ? _("The group runs only when no other group wants the CPU.") :
						 _("The group has its share of the CPU again.");
	case KNOB_MEMORY_MAX:
	case KNOB_MEMORY_HIGH:
	case KNOB_MEMORY_SWAP:
	case KNOB_MEMORY_OOM_GROUP:
		return _("At the limit the kernel first reclaims what it can (caches), then kills a process of "
		       "the group; the rest of the machine is not affected. Memory used before joining is "
		       "not counted.");
	case KNOB_PIDS_MAX:
		return _("At the limit fork(2) fails with EAGAIN in this group only. "
		       "Threads count too.");
	case KNOB_IO_RBPS:
	case KNOB_IO_WBPS:
	case KNOB_IO_RIOPS:
	case KNOB_IO_WIOPS:
	case KNOB_IO_WEIGHT:
		return _("A process that wants more of the disk waits. On v1 this applies only to I/O that bypasses "
		       "the page cache; v2 charges written pages to the group that made them dirty.");
	case KNOB_CPUSET_CPUS:
	case KNOB_CPUSET_MEMS:
		return _("The group runs only on these CPUs and takes new memory only from these nodes.");
	case KNOB_FREEZE:
	case KNOB_ACCOUNT:
	case KNOBS:
		break;
	}
	return "";
}

int cgroup_set(const struct context *context, const struct words *words, struct plan *plan,
	       struct error *err)
{
	struct limits_wanted wanted = { 0 };

	if (read_words(context, words, plan, &wanted, err) < 0) {
		err->column = words_column(words, wanted.reading, 1);
		return fail_wrap(err, "cgroup");
	}
	account_for(context->facts, &wanted);
	if (plan_groups(context, plan, NULL, &wanted, err) < 0)
		return fail_wrap(err, "cgroup");
	plan_join_groups(context, plan, NULL, &wanted, false);
	plan->changes = true;
	plan->meaning = arena_print(&plan->arena, _("%s %s."), meaning_of(plan, &wanted),
				    limits_by_both_names(plan, &wanted));
	return 0;
}
