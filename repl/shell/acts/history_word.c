/* history: lines typed before. */
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "N", WORD_NUMBER, .optional = true, .means = "only the last N lines" },
	{ 0 }
};

const struct command command_history = {
	.name = "history", .kind = ACTS, .group = GROUP_STORY, .act = ACT_HISTORY, .args = args,
	.summary = "the lines typed so far, in this session and before",
	.explain =
		"The last 10,000 lines are kept in $XDG_STATE_HOME/stave/history, or in "
		"~/.local/state/stave/history, readable by you alone. The arrow keys and Ctrl-R "
		"search them. Scripts leave no history; nor does a session whose home folder belongs "
		"to somebody else, as under sudo with HOME kept.",
	.example = "history 5",
};
