/* lessons: what there is to learn. */
#include "shell/acts/lesson/lessons.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "WORD", WORD_TEXT, .optional = true, .many = true,
	  .means = "only lessons whose name, title or summary has all of these" },
	{ 0 }
};
static const struct flag_spec flags[] = {
	{ "--lang", 0, "en|zh", WORD_CHOICE, .choices = lesson_languages, .means = "the language; by default that of LANG" },
	{ 0 }
};

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, lessons_list);
}

const struct command command_lessons = {
	.name = "lessons", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .reach = REACH_SHELL,
	.summary = "list the lessons: done, open, locked",
	.explain = "Lists the lessons in their order, your progress in each, and its subject. A "
		"lesson is locked if this machine or your user lacks what it needs: the list says "
		"what that is, and what to do about it.",
	.example = "lessons\nlessons mount",
	.args = args, .flags = flags,
};
