/* lesson: learn it by building it. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "base/message/begin.h"
#include "image/store.h"
#include "lesson/file/course.h"
#include "lesson/play/play.h"
#include "shell/acts/lesson/lessons.h"
#include "shell/acts/lesson/played.h"
#include "shell/given.h"
#include "shell/shell.h"
#include "shell/terminal/ask.h"
#include "words/language/command.h"
#include "words/language/words.h"

static const struct arg_spec args[] = {
	{ "NAME", WORD_LESSON, .optional = true,
	  .means = "a lesson as lessons lists it, by name or number; a file, with a slash in it; or "
		   "quit, which leaves the lesson" },
	{ "STEP", WORD_TEXT, .optional = true, .means = "where to begin: a step's number or name" },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--lang", 0, "en|zh", WORD_CHOICE, .choices = lesson_languages, .means = "its language, and that of messages; by default yours" },
	{ "--no-skip", 0, NULL, .means = "for graded work: solutions stay locked, tasks cannot be skipped" },
	{ "--trust", 0, NULL, .means = "do not ask before playing a file that did not come with Stave" },
	{ 0 }
};

/* ---- lesson: playing ---- */

/* Whether the user types y. false where nobody can be asked. */
static bool says_yes(struct shell *shell, const char *question)
{
	cleanup_text struct text text = { 0 };

	if (!shell->interactive || shell->json)
		return false;
	text_say(&text, question);
	shell_write(shell, &text);
	return ask_yes();
}

/* A file that did not come with the program is somebody's word for what it does. */
static int trust(struct shell *shell, const struct words *words, const char *path,
		 struct error *err)
{
	if (words_flag(words, "--trust") || course_owns(path))
		return 0;
	if (says_yes(shell, N_("This lesson did not come with Stave. Its commands run as you, in a child that\n"
			    "sees your files until it has a root of its own. Play it? (y or n) ")))
		return 0;
	fail_id(err, ERR_LESSON_TRUST, 0, "lesson %s: did not come with Stave, and is played only if you ask for it",
	     vis(path));
	return fail_fix(err, "read it, then lesson --trust %s", vis(path));
}

/* What is to be played: the file of a lesson and its place in the course. */
struct choice_of_lesson {
	struct course course;
	char path[4096];
	char language[4];
	char next[64];
	size_t place;
	int last;
};

/* NULL: the first. */
static int choose_called(struct choice_of_lesson *choice, const char *name, struct error *err)
{
	struct course *course = &choice->course;
	const struct lesson *found;

	if (course_open(choice->language, course, err) < 0)
		return -1;
	found = !name && course->count ? course->list[0] : course_find(course, name ? name : "1", err);
	if (!found)
		return -1;
	snprintf(choice->path, sizeof(choice->path), "%s", found->path);
	choice->last = course->list[course->count - 1]->number;
	for (size_t i = 0; i < course->count; i++)
		if (course->list[i] == found) {
			choice->place = i + 1;
			snprintf(choice->next, sizeof(choice->next), "%s",
				 i + 1 < course->count ? course->list[i + 1]->name : "");
		}
	return 0;
}

static int choose(struct shell *shell, const struct words *words, struct choice_of_lesson *choice,
		  struct error *err)
{
	const char *name = words_arg(words, 0), *language = lessons_language(words);
	struct progress *progress = lessons_progress_of(shell);

	if (!name) {
		name = progress_last(progress);
		if (!words_flag(words, "--lang") && progress_language(progress))
			language = strcmp(progress_language(progress), "zh") == 0 ? "zh" : "en";
	}
	snprintf(choice->language, sizeof(choice->language), "%s", language);
	if (!name || !strchr(name, '/'))
		return choose_called(choice, name, err);
	snprintf(choice->path, sizeof(choice->path), "%s", name);
	return trust(shell, words, name, err);
}

/* A lesson begins with a child that has nothing: what the user has built himself is not thrown
 * away for that. */
static int may_begin(struct shell *shell, struct error *err)
{
	const struct session *session = &shell->session;
	size_t running = 0;

	session_reap(&shell->session);
	for (size_t i = 0; i < session->job_count; i++)
		running += !session->jobs[i].ended;
	bool lessons_own = shell->lessons->left && shell->lessons->left_at == session->next_number;
	if (lessons_player(shell) || lessons_own || (!session->count && !running))
		return 0;
	fail_id(err, ERR_LESSON_STATE, 0, "lessons start from a clean child; steps: %zu, jobs: %zu",
		session->count, running);
	return fail_fix(err, "%s; save FILE keeps the steps before",
			running ? _("kill what runs (jobs lists it), then reset") : _("reset"));
}

static int begin(struct shell *shell, const struct words *words, struct choice_of_lesson *choice,
		 struct error *err)
{
	struct lesson *lesson;

	if (choose(shell, words, choice, err) < 0 || may_begin(shell, err) < 0 ||
	    session_see(&shell->session, err) < 0)
		return -1;
	lesson = lesson_read(choice->path, err);
	if (!lesson)
		return given_advise(choice->path, false, err);
	size_t unused;
	if (words_arg(words, 1) && lesson_step_meant(lesson, words_arg(words, 1), &unused, err) < 0) {
		lesson_free(lesson);
		return -1;
	}
	struct error lacks;
	if (lesson_lacks(lesson, NULL, &shell->session.facts, &lacks)) {
		fail_id(err, ERR_LESSON_NEEDS, 0, "lesson %s needs %s", lesson->name, lacks.what);
		fail_why(err, "%s", lacks.why);
		fail_fix(err, "%s", lacks.fix);
		lesson_free(lesson);
		return -1;
	}
	if (lessons_end(shell, true, err) < 0) {
		lesson_free(lesson);
		return -1;
	}
	/* A lesson that is asked for in a language is read by who reads that. */
	if (messages_speak(choice->language, err) < 0) {
		lesson_free(lesson);
		return -1;
	}
	struct playing playing = {
		.language = choice->language, .place = choice->place, .last = choice->last,
		.next = choice->next[0] ? choice->next : NULL, .step = words_arg(words, 1),
		.no_skip = words_flag(words, "--no-skip") != NULL, .log = shell->lessons->log,
	};
	shell->lessons->player = player_new(&shell->stage, lesson, shell->lessons->progress, &playing);
	lessons_set_screen(shell);
	bool own_store = lesson->own_store;
	if (player_begin(shell->lessons->player, err) == 0)
		return 0;
	/* Without it what the learner commits would be kept among his own images. */
	struct error unseen;
	if (own_store && !store_is_lent())
		lessons_end(shell, false, &unseen);
	return -1;
}

static int play(struct shell *shell, const struct words *words, struct result *result)
{
	struct error *err = &result->error;
	struct choice_of_lesson choice = { 0 };
	const char *name = words_arg(words, 0);

	if (name && strcmp(name, "quit") == 0) {
		if (!lessons_player(shell))
			return fail_id(err, ERR_LESSON_NONE, 0, "lesson quit: no lesson is being played");
		return lessons_end(shell, true, err);
	}
	if (!name && lessons_player(shell)) {
		player_show(lessons_player(shell));
		return 0;
	}
	int ret = begin(shell, words, &choice, err);
	course_done(&choice.course);
	return ret;
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, play);
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
		"lesson without a name continues where you were; the first time it begins "
		"the-shell, five minutes on this shell itself. lesson NAME STEP begins at a step.\n\n"
		"A lesson on images has a store of its own: while it is played, images and volumes "
		"are made, looked for and removed there. The store goes with the lesson, and its "
		"child with it; yours is not touched.",
	.example = "lesson what-a-container-is\nnext\nlesson quit",
	.args = args, .flags = flags,
};
