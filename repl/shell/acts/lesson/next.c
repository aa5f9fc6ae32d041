/* next: on in the lesson. */
#include "shell/acts/lesson/lessons.h"
#include "words/language/command.h"

static const struct flag_spec flags[] = {
	{ "--skip", 0, NULL, .means = "skip a task: its solution is played unseen" },
	{ 0 }
};

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, lessons_next);
}

const struct command command_next = {
	.name = "next", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .reach = REACH_SHELL, .flags = flags,
	.summary = "continue the lesson, as Enter does",
	.explain = "Turns the page, runs the next command of a demonstration, or goes to the next "
		"step. A task has to be solved first; --skip skips it.",
	.example = "lesson what-a-container-is\nnext",
};
