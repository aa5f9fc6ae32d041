/* source: the commands of a file. */
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "FILE", WORD_HOST_PATH, .means = "a script on the host; - for standard input" },
	{ 0 }
};
static const char *const aliases[] = { ".", NULL };

const struct command command_source = {
	.name = "source", .aliases = aliases, .kind = ACTS, .group = GROUP_STORY,
	.act = ACT_SOURCE, .args = args,
	.summary = "run the commands of a file",
	.explain =
		"Runs the lines of FILE as if they had been typed: one or more commands a line, parted "
		"by \";\", \"#\" before a comment. It stops at the first command that fails, "
		"unless set keep-going is on.",
	.example = "unshare uts\nsave /tmp/box.stave\nreset\nsource /tmp/box.stave",
};
