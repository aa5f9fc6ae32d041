#include "shell/acts/lesson/lessons.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "lesson/file/course.h"
#include "lesson/play/log.h"
#include "lesson/play/play.h"
#include "shell/shell.h"
#include "shell/acts/lesson/findings.h"
#include "shell/tell/report.h"
#include "shell/terminal/ask.h"
#include "words/language/command.h"
#include "words/language/words.h"

/* What the shell keeps of lessons: on the heap once it is needed. */
struct lessons {
	struct progress *progress;
	struct player *player; /* NULL while none is played */
	struct log *log;
	bool playing;          /* the player itself runs something: it is not told of it */
	bool left;             /* a lesson was left, and no step was made since: what stands is its own */
	int left_at;           /* the number of the next step then */
};

static struct lessons *lessons_of(struct shell *shell)
{
	if (!shell->lessons) {
		shell->lessons = calloc(1, sizeof(*shell->lessons));
		if (!shell->lessons)
			out_of_memory();
	}
	return shell->lessons;
}

static struct progress *progress_of(struct shell *shell)
{
	struct lessons *lessons = lessons_of(shell);

	if (!lessons->progress)
		lessons->progress = progress_open();
	return lessons->progress;
}

static struct player *player_of(const struct shell *shell)
{
	return shell->lessons ? shell->lessons->player : NULL;
}

bool lessons_played(const struct shell *shell)
{
	return player_of(shell);
}

static void set_screen(struct shell *shell)
{
	const struct screen *screen = &shell->screen;
	size_t columns = screen->columns < 80 ? screen->columns : 80;
	struct page_style style = { .columns = columns, .color = screen->color,
				    .utf8 = screen->utf8 };

	if (player_of(shell))
		player_screen(player_of(shell), &style, screen->rows);
}

/* Told to the shell behind each turn of the player. */
static void turn_over(struct shell *shell)
{
	shell->lessons->playing = false;
	shell->riddle = player_of(shell) && player_withholds(player_of(shell));
}

/* ---- lessons: the list ---- */

const struct choice lesson_languages[] = { { "en" }, { "zh" }, { 0 } };

static const char *wanted_language(const struct words *words)
{
	const char *given = words_flag(words, "--lang");

	return given ? given : course_language();
}

/* Whether a lesson has a word in its name, title or summary. */
static bool has_words(const struct lesson *lesson, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->args[i].s;
		if (!strcasestr(lesson->name, word) && !strcasestr(lesson->title, word) &&
		    !strcasestr(lesson->summary, word))
			return false;
	}
	return true;
}

static void list_one(struct shell *shell, const struct lesson *lesson, struct text *ret)
{
	struct progress *progress = progress_of(shell);
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

int lessons_list(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	cleanup_text struct text broken = { 0 };
	cleanup_course struct course course = { .broken = &broken };
	size_t shown = 0;

	if (course_open(wanted_language(words), &course, err) < 0 ||
	    session_see(&shell->session, err) < 0)
		return -1;
	for (size_t i = 0; i < course.count; i++)
		if (has_words(course.list[i], words)) {
			list_one(shell, course.list[i], ret);
			shown++;
		}
	if (!shown)
		text_sayf(ret, "no lesson has %s\n", words->count ? "all of these words" : "been found");
	if (broken.len)
		text_sayf(ret, "cannot be read:\n%s", text_of(&broken));
	if (shown && !words->count)
		text_say(ret, "lesson NAME plays one; lesson continues the last.\n");
	return 0;
}

/* ---- lesson: playing ---- */

/* Whether the user types y. false where nobody can be asked. */
static bool says_yes(struct shell *shell, const char *question)
{
	cleanup_text struct text text = { 0 };

	if (!shell->interactive || shell->json)
		return false;
	text_add(&text, question);
	shell_write(shell, &text);
	return ask_yes();
}

/* A file that did not come with the program is somebody's word for what it does. */
static int trust(struct shell *shell, const struct words *words, const char *path,
		 struct error *err)
{
	if (words_flag(words, "--trust") || course_owns(path))
		return 0;
	if (says_yes(shell, "This lesson did not come with Stave. Its commands run as you, in a child that\n"
			    "sees your files until it has a root of its own. Play it? (y or n) "))
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
};

static int choose_called(struct choice_of_lesson *choice, const char *name, struct error *err)
{
	struct course *course = &choice->course;
	const struct lesson *found;

	if (course_open(choice->language, course, err) < 0)
		return -1;
	found = course_find(course, name, err);
	if (!found)
		return -1;
	snprintf(choice->path, sizeof(choice->path), "%s", found->path);
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
	const char *name = words_arg(words, 0), *language = wanted_language(words);
	struct progress *progress = progress_of(shell);

	if (!name) {
		name = progress_last(progress);
		if (!words_flag(words, "--lang") && progress_language(progress))
			language = strcmp(progress_language(progress), "zh") == 0 ? "zh" : "en";
	}
	if (!name) {
		fail_id(err, ERR_LESSON_NONE, 0, "lesson: no lesson was started yet");
		return fail_fix(err, "lessons lists them; lesson NAME begins one");
	}
	snprintf(choice->language, sizeof(choice->language), "%s", language);
	if (!strchr(name, '/'))
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
	if (player_of(shell) || lessons_own || (!session->count && !running))
		return 0;
	fail_id(err, ERR_LESSON_STATE, 0, "lessons start from a clean child, but you have %zu step%s and %zu job%s",
	     session->count, session->count == 1 ? "" : "s", running, running == 1 ? "" : "s");
	return fail_fix(err, "%s; save FILE keeps the steps before",
			running ? _("kill what runs (jobs lists it), then reset") : _("reset"));
}

static void end_player(struct shell *shell)
{
	if (!player_of(shell))
		return;
	shell->lessons->left = true;
	shell->lessons->left_at = shell->session.next_number;
	player_leave(shell->lessons->player);
	player_free(shell->lessons->player);
	shell->lessons->player = NULL;
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
		return -1;
	struct error lacks;
	if (lesson_lacks(lesson, NULL, &shell->session.facts, &lacks)) {
		fail_id(err, ERR_LESSON_NEEDS, 0, "lesson %s needs %s", lesson->name, lacks.what);
		fail_why(err, "%s", lacks.why);
		fail_fix(err, "%s", lacks.fix);
		lesson_free(lesson);
		return -1;
	}
	end_player(shell);
	struct playing playing = {
		.language = choice->language, .place = choice->place, .total = choice->course.count,
		.next = choice->next[0] ? choice->next : NULL,
		.no_skip = words_flag(words, "--no-skip") != NULL, .log = shell->lessons->log,
	};
	shell->lessons->player = player_new(&shell->stage, lesson, shell->lessons->progress, &playing);
	set_screen(shell);
	return player_begin(shell->lessons->player, err);
}

int lessons_lesson(struct shell *shell, const struct words *words, struct result *result)
{
	struct error *err = &result->error;
	struct choice_of_lesson choice = { 0 };
	const char *name = words_arg(words, 0);

	if (name && strcmp(name, "quit") == 0) {
		if (!player_of(shell))
			return fail_id(err, ERR_LESSON_NONE, 0, "lesson quit: no lesson is being played");
		end_player(shell);
		return 0;
	}
	if (!name && player_of(shell)) {
		player_show(player_of(shell));
		return 0;
	}
	int ret = begin(shell, words, &choice, err);
	course_done(&choice.course);
	return ret;
}

/* ---- in a lesson ---- */

int lessons_check(struct shell *shell, const struct words *words, struct result *result)
{
	cleanup_verdict struct verdict verdict = { 0 };
	bool count_only = false;
	size_t held = 0;

	(void)words;
	if (!player_of(shell)) {
		fail_id(&result->error, ERR_ARGUMENT_MISSING, 0, "check: EXPR is missing");
		return fail_fix(&result->error, "for example: check ns pid own; help check lists them all");
	}
	if (!player_check(player_of(shell), &verdict, &count_only, &result->error))
		return -1;
	for (size_t i = 0; i < verdict.count; i++)
		held += finding_well(&verdict.list[i]);
	if (count_only)
		text_sayf(&result->output, " %zu of %zu hold\n", held, verdict.count);
	else
		findings_tell(shell, &verdict, &result->output);
	if (verdict.holds)
		return 0;
	fail_id(&result->error, ERR_LESSON_OPEN, 0, "check: the task is not solved yet");
	return fail_fix(&result->error, "hint helps");
}

int lessons_progress(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	cleanup_course struct course course = { 0 };
	size_t done = 0, begun = 0;

	(void)words;
	if (player_of(shell)) {
		player_steps(player_of(shell), ret);
		return 0;
	}
	if (course_open(course_language(), &course, err) < 0)
		return -1;
	for (size_t i = 0; i < course.count; i++) {
		bool finished = progress_finished(progress_of(shell), course.list[i]->name);
		done += finished;
		begun += !finished && progress_count(progress_of(shell), course.list[i]->name);
	}
	text_sayf(ret, "%zu of %zu lessons done, %zu begun\n", done, course.count, begun);
	if (progress_last(progress_of(shell)))
		text_sayf(ret, "lesson continues %s\n", vis(progress_last(progress_of(shell))));
	return 0;
}

static int fail_none(const char *word, struct error *err)
{
	fail_id(err, ERR_LESSON_NONE, 0, "%s: no lesson is being played", word);
	return fail_fix(err, "lessons lists them; lesson NAME begins one");
}

/* Those that take no more than the lesson that is played. */
static int without_words(struct shell *shell, const struct words *words, struct error *err,
			 int (*act)(struct player *player, struct error *err))
{
	struct player *player = player_of(shell);

	return player ? act(player, err) : fail_none(words->name.s, err);
}

int lessons_back(struct shell *shell, const struct words *words, struct result *result)
{
	return without_words(shell, words, &result->error, player_back);
}

int lessons_hint(struct shell *shell, const struct words *words, struct result *result)
{
	return without_words(shell, words, &result->error, player_hint);
}

int lessons_solution(struct shell *shell, const struct words *words, struct result *result)
{
	return without_words(shell, words, &result->error, player_solution);
}

int lessons_next(struct shell *shell, const struct words *words, struct result *result)
{
	struct player *player = player_of(shell);

	return player ? player_next(player, words_flag(words, "--skip") != NULL, &result->error) :
			fail_none(words->name.s, &result->error);
}

int lessons_again(struct shell *shell, const struct words *words, struct result *result)
{
	struct player *player = player_of(shell);

	return player ? player_again(player, words->count > 0, &result->error) :
			fail_none(words->name.s, &result->error);
}

int lessons_act(struct shell *shell, const struct words *words, struct result *result, act_run *run)
{
	struct lessons *lessons = lessons_of(shell);

	if (lessons->playing)
		return fail_id(&result->error, ERR_LESSON_LOCKED, 0, "%s: not within a lesson's own commands",
			    result->command->name);
	progress_of(shell);
	set_screen(shell);
	lessons->playing = true;
	int ret = run(shell, words, result);
	turn_over(shell);
	/* In JSON what was said goes where output goes. */
	text_addn(&result->output, text_of(&shell->said), shell->said.len);
	text_clear(&shell->said);
	return ret;
}

bool lessons_enter(struct shell *shell)
{
	struct error err;

	if (!player_of(shell))
		return false;
	shell_screen(shell);
	set_screen(shell);
	shell->interrupted = false;
	shell->lessons->playing = true;
	if (player_next(player_of(shell), false, &err) < 0)
		report_failure(shell, "", &err);
	shell->lessons->playing = false;
	return true;
}

/* What only looks, or is a word of the lesson itself, changes nothing. */
static bool may_change(const struct result *result)
{
	const struct command *command = result->command;

	if (!command || command->kind == LOOKS)
		return false;
	return command->kind == BUILDS ? result->step != NULL :
					 command->group != GROUP_LESSONS && !command->tells;
}

/* check: what it answers belongs into a transcript. */
static bool asks(const struct command *command)
{
	return command->args && command->args->kind == WORD_CHECK;
}

void lessons_heard(struct shell *shell, const struct result *result)
{
	struct lessons *lessons = shell->lessons;
	const struct command *command = result->command;

	if (!lessons || shell->muted)
		return;
	/* The player itself reports what the words of the lesson do. */
	bool own = command && command->group == GROUP_LESSONS;
	if (!own || asks(command))
		log_command(lessons->log, result->line, lessons->playing,
			    result->failed ? &result->error : NULL, result->step,
			    &shell->session.host);
	if (lessons->playing || !lessons->player || !command || own)
		return;
	set_screen(shell);
	lessons->playing = true;
	player_heard(lessons->player, may_change(result));
	turn_over(shell);
}

const char *lessons_question(const struct shell *shell)
{
	return player_of(shell) ? player_asks(player_of(shell)) : NULL;
}

/* Whether a line begins with a command's whole name, so that it is no guess. */
static bool is_command(const char *line)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct error unused;
	size_t count;

	if (line[strspn(line, " \t")] == '!')
		return true;
	if (words_split(line, strlen(line), &arena, &list, &count, &unused) < 0 || !count)
		return false;
	const struct command *command = command_find(&list[0].words[0], &unused);
	struct words words;
	return command && strcmp(command->name, list[0].words[0].s) == 0 &&
	       command_accept(command, list[0].words, list[0].count, &arena, &words, &unused) == 0;
}

bool lessons_answer(struct shell *shell, const char *line)
{
	if (is_command(line))
		return false;
	shell_screen(shell);
	set_screen(shell);
	player_guess(player_of(shell), line);
	turn_over(shell);
	return true;
}

int lessons_log(struct shell *shell, const char *path, struct error *err)
{
	struct lessons *lessons = lessons_of(shell);

	lessons->log = log_open(path, err);
	return lessons->log ? 0 : -1;
}

bool lessons_logged(const struct shell *shell)
{
	return shell->lessons && shell->lessons->log;
}

void lessons_close(struct shell *shell)
{
	struct lessons *lessons = shell->lessons;
	struct error err;

	if (!lessons)
		return;
	end_player(shell);
	if (log_close(lessons->log, &err) < 0)
		report_failure(shell, "", &err);
	progress_close(lessons->progress);
	free(lessons);
	shell->lessons = NULL;
}
