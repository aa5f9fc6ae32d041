/* help: what the words mean. */
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "WORD", WORD_COMMAND, .optional = true, .means = "a command; all are listed without" },
	{ 0 }
};
static const char *const aliases[] = { "?", NULL };

const struct command command_help = {
	.name = "help", .aliases = aliases, .kind = ACTS, .group = GROUP_STORY, .act = ACT_HELP,
	.args = args,
	.summary = "the commands, or all about one of them",
	.explain =
		"Without a word: all commands in groups. With one: how it is used, what it does and "
		"why one would want it, its options, and an example that runs as it stands.",
	.example = "help\nhelp unshare",
};
