/* solution: how a task is done. */
#include "words/language/command.h"

const struct command command_solution = {
	.name = "solution", .kind = ACTS, .group = GROUP_LESSONS, .act = ACT_SOLUTION,
	.summary = "show and play the solution of the task",
	.explain = "Makes the child as it was when the task began, and plays the lesson's own solution, each "
		"command shown. With lesson --no-skip solutions are locked.",
	.example = "lesson what-a-container-is\nnext --skip\nsolution",
};
