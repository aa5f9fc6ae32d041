/* lessons: what there is to learn. */
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "lesson/file/course.h"
#include "lesson/play/play.h"
#include "shell/acts/lesson/lessons.h"
#include "shell/acts/lesson/played.h"
#include "shell/shell.h"
#include "words/language/command.h"
#include "words/language/words.h"

static const struct arg_spec args[] = {
	{ "WORD", WORD_TEXT, .optional = true, .many = true,
	  .means = "only lessons whose name, title or summary has all of these, or the lesson of this number" },
	{ 0 }
};
static const struct flag_spec flags[] = {
	{ "--lang", 0, "en|zh", WORD_CHOICE, .choices = lesson_languages, .means = "the language; by default yours" },
	{ 0 }
};

/* ---- lessons: the list ---- */

/* Whether a lesson has each word in its name, title or summary, or as its number. */
static bool has_words(const struct lesson *lesson, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->args[i].s;
		uint64_t number;
		if (course_is_number(word, &number)) {
			if ((uint64_t)lesson->number != number)
				return false;
			continue;
		}
		if (!strcasestr(lesson->name, word) && !strcasestr(lesson->title, word) &&
		    !strcasestr(lesson->summary, word))
			return false;
	}
	return true;
}

static void list_one(struct shell *shell, const struct lesson *lesson, struct text *ret)
{
	struct progress *progress = lessons_progress_of(shell);
	cleanup_text struct text row = { 0 };
	bool color = shell->screen.color;
	struct error lacks;
	enum { STATE = 8, INDENT = 13 };

	bool locked = lesson_lacks(lesson, NULL, &shell->session.facts, &lacks);
	bool done = progress_finished(progress, lesson->name);
	bool begun = progress_at(progress, lesson->name);
	const char *state = done ? "done" : locked ? "locked" : begun ? "begun" : "open";
	text_addf(ret, " %2d  ", lesson->number);
	paint(ret, color, done ? PAINT_OWN : locked ? PAINT_MISSING : PAINT_NAME, state);
	text_pad(ret, STATE - strlen(state));
	text_addf(ret, "%s\n", lesson->title);
	text_pad(ret, INDENT);
	paint(&row, color, PAINT_BOLD, lesson->name);
	text_sayf(&row, ", %d min: %s", lesson->minutes, lesson->summary);
	fill(ret, text_of(&row), INDENT, shell->screen.columns);
	if (!locked)
		return;
	text_clear(&row);
	text_pad(ret, INDENT);
	text_sayf(&row, "needs %s: %s; %s", lacks.what, lacks.why, lacks.fix);
	fill(ret, text_of(&row), INDENT, shell->screen.columns);
}

static int list(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	cleanup_text struct text broken = { 0 };
	cleanup_course struct course course = { .broken = &broken };
	size_t shown = 0;

	if (course_open(lessons_language(words), &course, err) < 0 ||
	    session_see(&shell->session, err) < 0)
		return -1;
	for (size_t i = 0; i < course.count; i++)
		if (has_words(course.list[i], words)) {
			list_one(shell, course.list[i], ret);
			shown++;
		}
	if (!shown)
		text_say(ret, words->count ? "no lesson has all of these words\n" : "no lessons were found\n");
	if (broken.len)
		text_sayf(ret, "cannot be read:\n%s", text_of(&broken));
	if (shown && !words->count)
		text_say(ret, "lesson NAME plays one; lesson continues the last.\n");
	return 0;
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, list);
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
