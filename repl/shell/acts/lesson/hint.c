/* hint: a little help with a task. */
#include "words/language/command.h"

const struct command command_hint = {
	.name = "hint", .kind = ACTS, .group = GROUP_LESSONS, .act = ACT_HINT,
	.summary = "a hint for the task",
	.explain = "Gives the next hint: one for the state that the child is in, where there is such, else "
		"the next of the general ones.",
	.example = "lesson what-a-container-is\nnext --skip\nhint",
};
