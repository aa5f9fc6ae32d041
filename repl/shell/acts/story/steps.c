/* steps: the story so far. */
#include "words/language/command.h"

const struct command command_steps = {
	.name = "steps", .kind = ACTS, .group = GROUP_STORY, .act = ACT_STEPS,
	.summary = "the steps so far, and those that redo can bring back",
	.explain =
		"Every line that changed the child is a step. The steps that stand are numbered from "
		"the first; below them are those that undo has taken back, until a new step takes "
		"their place.\n\n"
		"Lines that only look or run a program change no wall and are no steps.",
	.example = "unshare uts\nhostname box\nundo\nsteps",
};
