/* redo: forth again in the story. */
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "N", WORD_NUMBER, .optional = true, .means = "how many steps; 1 when it is missing" },
	{ 0 }
};

const struct command command_redo = {
	.name = "redo", .kind = ACTS, .group = GROUP_STORY, .act = ACT_REDO, .args = args,
	.summary = "perform an undone step again",
	.explain =
		"Brings back what undo has taken away, as long as no new step was made in between. "
		"The step is really performed again: what the kernel answers may differ from the "
		"first time.",
	.example = "unshare uts\nundo\nredo",
};
