/* burn: a load in the child's world, and beside it what the limit makes of it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/show/units.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "snapshot/cgroup/groups.h"
#include "words/plans/plans.h"

static const struct choice loads[] = { { "cpu" }, { "memory" }, { "pids" }, { 0 } };

static const struct arg_spec args[] = {
	{ "LOAD", WORD_CHOICE, .choices = loads, .means = "what to use up" },
	{ "AMOUNT", WORD_TEXT, .optional = true,
	  .means = "cpu: seconds, 5 when missing; memory: bytes, or with K, M, G; pids: how many" },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--workers", 'w', "N", WORD_NUMBER, .means = "cpu: busy loops at the same time, 1 when missing" },
	{ "--background", 'b', NULL, .means = "as a job beside what you type: top, freeze, kill; ends after 10 minutes or, with cpu, its time" },
	{ 0 }
};

static int parse_amount(const struct words *words, uint64_t most, const char *unit,
			uint64_t *ret, struct error *err)
{
	const char *amount = words_arg(words, 1);

	if (amount && parse_number(amount, ret) && *ret >= 1 && *ret <= most)
		return 0;
	return amount ? fail_arg(err, ERR_ARGUMENT_NUMBER, words, 1, "%s takes 1 to %llu %s, not %s",
				 words_arg(words, 0), (unsigned long long)most, unit, vis(amount)) :
			fail_id(err, ERR_ARGUMENT_MISSING, 0, "burn %s: how many %s?", words_arg(words, 0), unit);
}

static int build_cpu(const struct words *words, struct op *op, struct error *err)
{
	const char *workers = words_flag(words, "--workers");

	op->burn.count = 1;
	op->burn.seconds = 5;
	if (workers && (!parse_number(workers, &op->burn.count) || op->burn.count < 1 ||
			op->burn.count > 256))
		return fail_id(err, ERR_OPTION_NUMBER, 0, "burn: --workers takes 1 to 256, not %s", vis(workers));
	return words_arg(words, 1) ? parse_amount(words, 3600, "seconds", &op->burn.seconds, err) : 0;
}

/* What the bound of the child's groups leaves, as far as there is one. */
static uint64_t bound_of(const struct context *context, enum controller controller)
{
	struct groups groups;

	if (groups_find(context->facts, context->pid ? context->pid : getpid(), &groups) < 0)
		return NO_LIMIT;
	return controller == CONTROLLER_MEMORY ? groups.memory.most : groups.pids.most;
}

static uint64_t memory_available(const struct context *context)
{
	cleanup_text struct text text = { 0 };

	if (eyes_read(context->eyes, "/proc/meminfo", 1 << 16, &text) < 0)
		return NO_LIMIT;
	const char *line = strstr(text_of(&text), "MemAvailable:");
	return line ? strtoull(line + 13, NULL, 10) * 1024 : NO_LIMIT;
}

/* From a mebibyte to a tebibyte. */
static bool is_load(uint64_t bytes)
{
	return bytes >= UINT64_C(1) << 20 && bytes <= UINT64_C(1) << 40;
}

/* Without a limit it would be the host that runs out. */
static int build_memory(const struct context *context, const struct words *words, struct op *op,
			struct error *err)
{
	const char *size = words_arg(words, 1);

	if (!size)
		return fail_id(err, ERR_ARGUMENT_MISSING, 0, "burn memory: how much? as in burn memory 64M");
	if (!parse_size(size, &op->burn.size) || !is_load(op->burn.size))
		return fail_arg(err, ERR_ARGUMENT_NUMBER, words, 1, "memory takes bytes from 1M to 1024G, as in 64M, "
				"not %s", vis(size));
	uint64_t available = memory_available(context), least = bound_of(context, CONTROLLER_MEMORY);
	least = least < op->burn.size ? least : op->burn.size;
	if (available == NO_LIMIT || least <= available / 2)
		return 0;
	fail_arg(err, ERR_HOST_LOAD, words, 1, "refused: %s is more than half of the memory that the host has "
		 "left", vis(size));
	fail_why(err, "no limit would stop the load before the host itself runs short");
	return fail_fix(err, "cgroup memory 64M puts the child below a limit first");
}

static int build_pids(const struct context *context, const struct words *words, struct op *op,
		      struct error *err)
{
	enum { MOST = 100000, UNLIMITED = 1000 };

	if (parse_amount(words, MOST, "processes", &op->burn.count, err) < 0)
		return -1;
	if (op->burn.count <= UNLIMITED || bound_of(context, CONTROLLER_PIDS) <= UNLIMITED * 4)
		return 0;
	fail_arg(err, ERR_HOST_LOAD, words, 1, "refused: more than %d processes, and no limit on them",
		 UNLIMITED);
	fail_why(err, "the host itself would run out of them");
	return fail_fix(err, "cgroup pids 20 puts the child below a limit first");
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	enum { BACKGROUND_SECONDS = 600 };
	struct op *op = plan_add(plan, OP_burn);
	const char *load = words_arg(words, 0);
	bool background = words_flag(words, "--background") != NULL, cpu = strcmp(load, "cpu") == 0;

	plan->program = background ? PROGRAM_BACKGROUND : PROGRAM_METER;
	op->burn.load = arena_copy(&plan->arena, load);
	if (!cpu && words_flag(words, "--workers"))
		return fail_id(err, ERR_OPTION_CONFLICT, 0, "burn %s: --workers belongs to burn cpu", load);
	op->burn.alone = background;
	if (background && !cpu)
		op->burn.seconds = BACKGROUND_SECONDS;
	if (cpu)
		return build_cpu(words, op, err);
	if (strcmp(load, "memory") == 0)
		return build_memory(context, words, op, err);
	return build_pids(context, words, op, err);
}

static unsigned needs(const struct words *words)
{
	(void)words;
	return NEEDS_CGROUPS;
}

const struct command command_burn = {
	.name = "burn", .kind = BUILDS, .stage = STAGE_PROGRAM, .group = GROUP_RUNNING, .host_safe = true,
	.summary = "put a load on the child's limits, and measure the effect",
	.explain = "Starts a load beside the child, in its world and its cgroups, measures what "
		"the load gets, and ends it. Ctrl-C or q ends it at any time, with all its "
		"processes.\n\n"
		"burn cpu runs busy loops (--workers sets their number, as threads of one "
		"process) and shows, second by second, their share of one CPU: the time in "
		"/proc/PID/stat, beside the group's count and quota. Two workers on two CPUs "
		"could get 200 %. A group that has used its quota waits until the period is over: "
		"it is throttled.\n\n"
		"burn memory touches page after page up to the given size. Near the limit the "
		"kernel first reclaims memory (it drops file pages, and moves others to swap if "
		"there is some); when nothing is left to reclaim, its OOM killer ends a process "
		"of the group, and burn names it.\n\n"
		"burn pids forks processes that only sleep, and shows which fork fails. The limit "
		"counts everything in the group: the child too, and threads as well.\n\n"
		"With --background the load is a job: type top beside it, or freeze the group. "
		"cgroups(7), fork(2).",
	.example = "burn cpu 2\nburn pids 20\nburn memory 16M",
	.flags = flags, .args = args, .needs = needs, .build = build,
};
