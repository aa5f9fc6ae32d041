/* solution: how a task is done. */
#include "shell/acts/lesson/lessons.h"
#include "words/language/command.h"

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, lessons_solution);
}

const struct command command_solution = {
	.name = "solution", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .reach = REACH_SHELL,
	.summary = "show and play the solution of the task",
	.explain = "Brings the child back to its state at the beginning of the task, and plays "
		"the lesson's own solution, showing each command. With lesson --no-skip solutions "
		"are locked.",
	.example = "lesson what-a-container-is\nnext --skip\nsolution",
};
