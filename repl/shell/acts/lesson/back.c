/* back: to the step before. */
#include "words/language/command.h"

const struct command command_back = {
	.name = "back", .kind = ACTS, .group = GROUP_LESSONS, .act = ACT_BACK,
	.summary = "go back to the step before in the lesson",
	.explain = "Shows the step before this one again. The child is made anew as it was when that step "
		"began, by playing the lesson up to there.",
	.example = "lesson what-a-container-is\nnext\nnext\nback",
};
