#include "shell/acts/lesson/lessons.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "base/message/begin.h"
#include "image/store.h"
#include "lesson/file/course.h"
#include "lesson/play/log.h"
#include "lesson/play/play.h"
#include "shell/given.h"
#include "shell/shell.h"
#include "shell/acts/lesson/findings.h"
#include "shell/acts/lesson/played.h"
#include "shell/tell/report.h"
#include "shell/terminal/kind.h"
#include "words/foreign/foreign.h"
#include "words/language/command.h"
#include "words/language/words.h"

struct lessons *lessons_of(struct shell *shell)
{
	if (!shell->lessons) {
		shell->lessons = calloc(1, sizeof(*shell->lessons));
		if (!shell->lessons)
			out_of_memory();
	}
	return shell->lessons;
}

struct progress *lessons_progress_of(struct shell *shell)
{
	struct lessons *lessons = lessons_of(shell);

	if (!lessons->progress)
		lessons->progress = progress_open(!shell->dry_run);
	return lessons->progress;
}

struct player *lessons_player(const struct shell *shell)
{
	return shell->lessons ? shell->lessons->player : NULL;
}

bool lessons_played(const struct shell *shell)
{
	return lessons_player(shell);
}

void lessons_set_screen(struct shell *shell)
{
	const struct screen *screen = &shell->screen;
	size_t columns = screen->columns < 80 ? screen->columns : 80;
	struct page_style style = { .columns = columns, .color = screen->color,
				    .utf8 = screen->utf8 };

	if (lessons_player(shell))
		player_screen(lessons_player(shell), &style, screen->rows);
}

/* Told to the shell after each turn of the player. */
static void turn_over(struct shell *shell)
{
	shell->lessons->playing = false;
	shell->riddle = lessons_player(shell) && player_withholds(lessons_player(shell));
}

int lessons_end(struct shell *shell, bool asks, struct error *err)
{
	struct player *player = lessons_player(shell);
	struct error unseen;

	if (!player)
		return 0;
	int next_number = shell->session.next_number;
	if (player_leave(player, asks, err) < 0)
		return -1;
	shell->lessons->left = true;
	shell->lessons->left_at = next_number;
	shell->stage.made_again = player_makes_again(player);
	player_free(player);
	shell->lessons->player = NULL;
	/* What was the user's own has been read before. */
	messages_speak(NULL, &unseen);
	return 0;
}

const struct choice lesson_languages[] = { { "en" }, { "zh" }, { 0 } };

const char *lessons_language(const struct words *words)
{
	const char *given = words_flag(words, "--lang");

	return given ? given : course_language();
}

/* ---- in a lesson ---- */

int lessons_check(struct shell *shell, const struct words *words, struct result *result)
{
	cleanup_verdict struct verdict verdict = { 0 };
	bool count_only = false;
	size_t held = 0;

	(void)words;
	if (!lessons_player(shell)) {
		fail_id(&result->error, ERR_ARGUMENT_MISSING, 0, "check: EXPR is missing");
		return fail_fix(&result->error, "for example: check ns pid own; help check lists them all");
	}
	if (!player_check(lessons_player(shell), &verdict, &count_only, &result->error))
		return -1;
	for (size_t i = 0; i < verdict.count; i++)
		held += finding_well(&verdict.list[i]);
	if (count_only)
		text_sayf(&result->output, " %zu of %zu hold\n", held, verdict.count);
	else
		findings_tell(shell, &verdict, shell->riddle, &result->output);
	if (verdict.holds)
		return 0;
	fail_id(&result->error, ERR_LESSON_OPEN, 0, "check: the task is not solved yet");
	return fail_fix(&result->error, "hint helps");
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
	struct player *player = lessons_player(shell);

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
	struct player *player = lessons_player(shell);

	return player ? player_next(player, words_flag(words, "--skip") != NULL, &result->error) :
			fail_none(words->name.s, &result->error);
}

int lessons_again(struct shell *shell, const struct words *words, struct result *result)
{
	struct player *player = lessons_player(shell);

	return player ? player_again(player, words_arg(words, 0), &result->error) :
			fail_none(words->name.s, &result->error);
}

int lessons_act(struct shell *shell, const struct words *words, struct result *result, act_run *run)
{
	struct lessons *lessons = lessons_of(shell);

	if (lessons->playing)
		return fail_id(&result->error, ERR_LESSON_LOCKED, 0, "%s: not within a lesson's own commands",
			    result->command->name);
	lessons_progress_of(shell);
	lessons_set_screen(shell);
	lessons->playing = true;
	int ret = run(shell, words, result);
	turn_over(shell);
	/* In JSON what was said goes where output goes. */
	text_addn(&result->output, text_of(&shell->said), shell->said.len);
	text_clear(&shell->said);
	return ret;
}

/* The prompt at which nothing was typed tells nobody anything: what comes stands in its place. */
static void take_prompt(struct shell *shell)
{
	cleanup_text struct text up = { 0 };

	text_add(&up, "\033[A\033[K");
	if (shell->screen.terminal && !terminal_is_dumb())
		shell_write(shell, &up);
}

bool lessons_enter(struct shell *shell)
{
	struct error err;

	if (!lessons_player(shell))
		return false;
	shell_screen(shell);
	lessons_set_screen(shell);
	take_prompt(shell);
	shell->interrupted = false;
	shell->lessons->playing = true;
	if (player_next(lessons_player(shell), false, &err) < 0)
		report_failure(shell, "next", &err);
	turn_over(shell);
	return true;
}

/* What only looks, or is a word of the lesson itself, changes nothing; nor does a step that did not join the story:
 * it has failed, or is a program that left no trace in the readings. */
static bool has_changed(const struct session *session, const struct result *result)
{
	const struct command *command = result->command;

	if (!command || command->kind == LOOKS)
		return false;
	return command->kind == BUILDS ? result->step && result->step != session->loose :
					 command->group != GROUP_LESSONS && !command->tells;
}

/* check: what it answers belongs into a transcript. */
static bool asks(const struct command *command)
{
	return command->args && command->args->kind == WORD_CHECK;
}

/* As it was typed: with the child that it was for. */
static void log_line(struct shell *shell, const struct result *result)
{
	const char *child = result->step ? result->step->owner->name : shell->session.at->name;
	cleanup_text struct text line = { 0 };

	if (shell->turned_from)
		text_addf(&line, "@%s ", child);
	text_add(&line, result->line);
	log_command(shell->lessons->log, text_of(&line), child, shell->lessons->playing,
		    result->failed ? &result->error : NULL, result->step, &shell->session.host);
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
		log_line(shell, result);
	if (lessons->playing || !command || own)
		return;
	bool ran = command->kind == BUILDS && command->group == GROUP_RUNNING;
	shell->stage.made_again = shell->stage.made_again && !ran;
	if (!lessons->player)
		return;
	lessons_set_screen(shell);
	lessons->playing = true;
	/* What a task asks without naming a child is about the one that lines are for. */
	if (shell->turned_from)
		session_turn(&shell->session, shell->turned_from);
	session_stay(&shell->session);
	player_heard(lessons->player, has_changed(&shell->session, result), ran);
	turn_over(shell);
}

const char *lessons_question(const struct shell *shell)
{
	return lessons_player(shell) ? player_asks(lessons_player(shell)) : NULL;
}

/* Whether a line begins with a command's whole name, for whichever child, or is another tool's, so that it is not a
 * guess. */
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
	struct statement *first = &list[0];
	if (first->words[0].s[0] == '@' && first->count > 1)
		first->words++, first->count--;
	const struct command *command = command_find(&first->words[0], &unused);
	cleanup_text struct text instead = { 0 };
	struct words words;
	if (command && strcmp(command->name, first->words[0].s) == 0 &&
	    command_accept(command, first->words, first->count, &arena, &words, &unused) == 0)
		return true;
	enum foreign_kind kind = foreign_read(first, &arena, &instead, &unused);
	return kind == FOREIGN_DONE || (kind == FOREIGN_ANSWERED && strcmp(unused.id, error_row(ERR_LINE_FOREIGN)->id) == 0);
}

bool lessons_answer(struct shell *shell, const char *line)
{
	if (is_command(line))
		return false;
	shell_screen(shell);
	lessons_set_screen(shell);
	player_guess(lessons_player(shell), line);
	turn_over(shell);
	return true;
}

int lessons_log(struct shell *shell, const char *path, struct error *err)
{
	struct lessons *lessons = lessons_of(shell);

	lessons->log = log_open(path, err);
	return lessons->log ? 0 : given_advise(path, true, err);
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
	lessons_end(shell, false, &err);
	if (log_close(lessons->log, &err) < 0)
		report_failure(shell, "", &err);
	progress_close(lessons->progress);
	free(lessons);
	shell->lessons = NULL;
}
