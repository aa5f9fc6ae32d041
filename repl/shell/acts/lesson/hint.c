/* hint: a little help with a task. */
#include "shell/acts/lesson/lessons.h"
#include "words/language/command.h"

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, lessons_hint);
}

const struct command command_hint = {
	.name = "hint", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .reach = REACH_SHELL,
	.summary = "a hint for the task",
	.explain = "Gives the next hint: one for the child's present state if there is such a "
		"hint, else the next of the general ones.",
	.example = "lesson what-a-container-is\nnext --skip\nhint",
};
