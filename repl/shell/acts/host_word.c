/* !CMD: a command of the host, for contrast. */
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "CMD", WORD_TEXT, .means = "the rest of the line, for /bin/sh on the host" },
	{ 0 }
};

const struct command command_host = {
	.name = "!", .kind = ACTS, .group = GROUP_RUNNING, .act = ACT_HOST, .args = args,
	.summary = "run a command on the host, outside of every wall",
	.explain =
		"Takes the whole rest of the line, quotes and \";\" and \"#\" too, and gives it to "
		"/bin/sh on the host. It is for contrast: the same ls, ps or hostname inside (run) "
		"and outside (!). It is no step: undo knows nothing of it and takes nothing back.",
	.example = "unshare uts\nhostname box\nrun hostname\n!hostname",
};
