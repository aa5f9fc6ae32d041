/* lesson: learn it by building it. */
#include "shell/acts/lesson/lessons.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "NAME", WORD_LESSON, .optional = true,
	  .means = "a lesson as lessons lists it, by name or number; a file, with a slash in it; or "
		   "quit, which leaves the lesson" },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--lang", 0, "en|zh", WORD_CHOICE, .choices = lesson_languages, .means = "the language; by default that of LANG" },
	{ "--no-skip", 0, NULL, .means = "for graded work: solutions stay locked, tasks cannot be skipped" },
	{ "--trust", 0, NULL, .means = "play a file that did not come with Stave without asking" },
	{ 0 }
};

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, lessons_lesson);
}

const struct command command_lesson = {
	.name = "lesson", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .reach = REACH_SHELL,
	.summary = "play a lesson, or continue it",
	.explain = "Shows one step of the lesson at a time. Enter on an empty line turns the "
		"page, runs the next command of a demonstration (shown before it runs), or goes "
		"to the next step. In a task you type what you like; after each command the "
		"kernel's state is checked, and any way that reaches the goal is right.\n\n"
		"In between you can type anything. When the lesson continues it restores its own "
		"state. You can leave at any moment (lesson quit, or quit) and come back later: "
		"lesson without a name continues where you were.",
	.example = "lesson what-a-container-is\nnext\nlesson quit",
	.args = args, .flags = flags,
};
