/* again: the same once more. */
#include "shell/acts/lesson/lessons.h"
#include "words/language/command.h"

static const char *const what[] = { "all", NULL };

static const struct arg_spec args[] = {
	{ "WHAT", WORD_CHOICE, .optional = true, .choices = what,
	  .means = "the whole lesson, from its first step; without it, this step" },
	{ 0 }
};

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, lessons_again);
}

const struct command command_again = {
	.name = "again", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .reach = REACH_SHELL, .args = args,
	.summary = "begin this step of the lesson anew",
	.explain = "Makes the child as it was when the step began, by playing the lesson up to there, and "
		"shows the step. again all begins the lesson from its first step; what you have done in "
		"it is forgotten.",
	.example = "lesson what-a-container-is\nagain\nagain all",
};
