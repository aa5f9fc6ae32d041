/* top: what the child's processes use, live. */
#include "words/language/command.h"

static const struct flag_spec flags[] = {
	{ "--once", 0, .means = "one table, also on a terminal" },
	{ 0 }
};

const struct command command_top = {
	.name = "top", .kind = ACTS, .group = GROUP_LOOKING, .act = ACT_TOP, .flags = flags,
	.summary = "the child's processes with CPU, memory and throttling, live",
	.explain =
		"Shows once a second what each process of the child's has used since the last look: "
		"CPU % is of one CPU, SECONDS is all its CPU time so far, MEMORY is what it has in "
		"RAM (proc_pid_stat(5)). Above stands what the child's own control groups count: the "
		"share of the CPU beside the quota, in how many periods it was throttled, memory and "
		"processes beside their limits. q or Ctrl-C leaves. Where standard output is no "
		"terminal, one table is printed, measured over half a second.",
	.example = "spawn sleep 5\ntop --once",
};
