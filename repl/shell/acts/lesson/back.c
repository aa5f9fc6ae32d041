/* back: to the step before. */
#include "shell/acts/lesson/lessons.h"
#include "words/language/command.h"

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, lessons_back);
}

const struct command command_back = {
	.name = "back", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .reach = REACH_SHELL,
	.summary = "go back to the step before in the lesson",
	.explain = "Shows the step before this one again. The child is brought back to its state "
		"at the beginning of that step, by playing the lesson up to there.",
	.example = "lesson what-a-container-is\nnext\nnext\nback",
};
