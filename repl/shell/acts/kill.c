/* kill: a signal to a process of the child. */
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "TARGET", WORD_TEXT, .means = "%N or NAME, a job; or PID, as the host sees it" },
	{ "SIGNAL", WORD_SIGNAL, .optional = true, .means = "name or number; TERM when missing" },
	{ 0 }
};

const struct command command_kill = {
	.name = "kill", .kind = ACTS, .group = GROUP_RUNNING, .act = ACT_KILL, .args = args,
	.summary = "send a signal to a job or another process of the child's world",
	.explain =
		"Only processes of the child's world can be meant: the host's are refused. The first "
		"process of a pid namespace hears no signal from inside that it has no handler for, "
		"and from outside only KILL and STOP are sure to reach it: pid_namespaces(7).",
	.example = "spawn sleep 100\nkill %1 KILL\njobs",
};
