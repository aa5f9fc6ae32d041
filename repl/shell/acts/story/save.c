/* save: the steps as a script. */
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "FILE", WORD_HOST_PATH, .means = "where to; a file that is there is replaced" },
	{ 0 }
};

const struct command command_save = {
	.name = "save", .kind = ACTS, .group = GROUP_STORY, .act = ACT_SAVE, .args = args,
	.summary = "write the steps that stand to a file of the host",
	.explain =
		"The file holds the lines as they were typed, and source FILE (or stave FILE) does "
		"them again. It is written beside the old one and put in its place when it is "
		"complete, so that a crash leaves the one or the other.",
	.example = "unshare uts\nhostname box\nsave /tmp/box.stave",
};
