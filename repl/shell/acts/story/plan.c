/* plan: what a command would do. */
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "CMD", WORD_COMMAND, .many = true, .means = "a command with its arguments" },
	{ 0 }
};

const struct command command_plan = {
	.name = "plan", .kind = ACTS, .group = GROUP_STORY, .act = ACT_PLAN, .args = args,
	.summary = "show the system calls of a command, and make none of them",
	.explain =
		"A command is compiled to a list of system calls before any of them is made. plan "
		"shows that list and stops. PID stands for the number that the child will have.\n\n"
		"stave -n does so with every command of a script.",
	.example = "plan unshare mnt\nplan unshare uts pid",
};
