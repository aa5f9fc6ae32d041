/* again: the same once more. */
#include "shell/acts/lesson/lessons.h"
#include "words/language/command.h"

static const struct choice what[] = { { "all" }, { 0 } };

static const struct arg_spec args[] = {
	{ "STEP", WORD_TEXT, .optional = true, .choices = what,
	  .means = "a step by its number or name, as progress lists them; all: the whole lesson, from its "
		   "first step; without it, this step" },
	{ 0 }
};

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, lessons_again);
}

const struct command command_again = {
	.name = "again", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .reach = REACH_SHELL, .args = args,
	.summary = "start this step of the lesson again, or another",
	.explain = "Brings the child back to its state at the beginning of the step, by playing "
		"the lesson up to there, and shows the step. again STEP jumps to another one in the "
		"same way. again all starts the lesson again "
		"from its first step, and forgets what you have done in it.",
	.example = "lesson what-a-container-is\nagain\nagain all",
};
