/* progress: how far one is. */
#include "words/language/command.h"

const struct command command_progress = {
	.name = "progress", .kind = ACTS, .group = GROUP_LESSONS, .act = ACT_PROGRESS,
	.summary = "how far you are in the lesson, or in all of them",
	.explain = "In a lesson: its steps, and which of them are done. Outside: how many lessons are. It is "
		"kept in $XDG_STATE_HOME/stave/progress (~/.local/state/stave/progress), which nobody "
		"else can read.",
	.example = "progress",
};
