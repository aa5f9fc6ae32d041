/* history: lines typed before. */
#include "shell/shell.h"
#include "shell/terminal/history.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "N", WORD_NUMBER, .optional = true, .means = "only the last N lines" },
	{ 0 }
};

enum { MANY = 1000000 };

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	(void)shell;
	history_show(words_number(words, 0, MANY), &result->output);
	return 0;
}

const struct command command_history = {
	.name = "history", .kind = ACTS, .group = GROUP_STORY, .act = act, .reach = REACH_SHELL, .args = args,
	.summary = "the lines typed so far, in this session and before",
	.explain = "The last 10,000 lines are kept in $XDG_STATE_HOME/stave/history, or in "
		"~/.local/state/stave/history, readable by you alone. The arrow keys and Ctrl-R "
		"search them. Scripts leave no history, and neither does a session whose home "
		"folder belongs to another user, as under sudo with HOME kept.",
	.example = "history 5",
};
