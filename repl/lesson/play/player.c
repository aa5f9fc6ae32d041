#include "lesson/play/player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "lesson/play/log.h"
#include "session/session.h"

/* ---- making and ending ---- */

struct player *player_new(const struct stage *stage, struct lesson *lesson,
			  struct progress *progress, const struct playing *playing)
{
	struct player *player = calloc(1, sizeof(*player));
	char *real = playing->place ? NULL : realpath(lesson->path, NULL);

	if (!player)
		out_of_memory();
	player->stage = *stage;
	player->lesson = lesson;
	player->progress = progress;
	player->playing = *playing;
	snprintf(player->language, sizeof(player->language), "%s", playing->language);
	player->playing.language = player->language;
	player->key = real ? real : text_copy(lesson->name);
	player->next = playing->next ? text_copy(playing->next) : NULL;
	player->style = (struct page_style){ .columns = 80 };
	player->rows = 24;
	player->fired = -1;
	return player;
}

static void forget_host(struct player *player)
{
	if (player->host_taken)
		host_done(&player->host);
	player->host_taken = false;
}

void player_free(struct player *player)
{
	if (!player)
		return;
	forget_host(player);
	lesson_free(player->lesson);
	page_done(&player->page);
	free(player->key);
	free(player->next);
	free(player->guess);
	free(player);
}

void player_screen(struct player *player, const struct page_style *style, size_t rows)
{
	player->style = *style;
	player->rows = rows;
}

/* A demo before a riddle shows the fault that is to be explained. */
bool player_withholds(const struct player *player)
{
	const struct lesson *lesson = player->lesson;
	size_t next = player->step + 1;

	if (player->place == ENDED)
		return false;
	if (step_of(player)->riddle)
		return player->place != DONE;
	return step_of(player)->kind == STEP_DEMO && next < lesson->count && lesson->steps[next].riddle;
}

const struct lesson *player_lesson(const struct player *player)
{
	return player->lesson;
}

void player_tell(const struct player *player, const struct text *text)
{
	player->stage.say(player->stage.context, text);
}

static void keep(struct player *player)
{
	cleanup_text struct text text = { 0 };
	struct error err;

	if (progress_save(player->progress, &err) == 0)
		return;
	text_sayf(&text, "stave: cannot save your progress: %s: %s\n", err.what,
		  errno_name(err.code));
	player_tell(player, &text);
}

/* ---- pages ---- */

static void mark_done(struct player *player)
{
	progress_mark(player->progress, player->key, step_of(player)->id);
	keep(player);
}

/* The text is read: come to what the step is about. */
static void enter_block(struct player *player, struct text *ret)
{
	const struct lesson_step *step = step_of(player);

	switch (step->kind) {
	case STEP_DEMO:
		player->place = SHOWING;
		show_comments(player, ret);
		break;
	case STEP_TASK:
		player->place = TRYING;
		show_drawing(player, ret);
		show_headed(player, SAY_TASK, &step->words, ret);
		break;
	case STEP_REMEMBER:
		player->place = DONE;
		show_headed(player, SAY_REMEMBER, &step->words, ret);
		mark_done(player);
		break;
	}
}

void player_turn(struct player *player, struct text *ret)
{
	const struct lesson_step *step = step_of(player);
	struct page *page = &player->page;
	size_t room = player->rows > 8 ? player->rows - 4 : 4;
	size_t end = page_end(page, player->shown, room);

	if (player->shown < page->text.len)
		text_addn(ret, page->text.s + player->shown, end - player->shown);
	player->shown = end;
	if (end < page->text.len) {
		player->place = READING;
	} else if (step->predict.s && !player->guess) {
		player->place = ASKED;
		show_plain(player, &step->predict, ret);
	} else {
		enter_block(player, ret);
	}
	text_add(ret, "\n");
	show_way_on(player, ret);
}

static void begin_text(struct player *player)
{
	page_done(&player->page);
	page_add(&player->page, &step_of(player)->text, &player->style);
	player->shown = 0;
}

/* ---- steps ---- */

static void take_host(struct player *player)
{
	struct error unused;

	forget_host(player);
	player->host_taken = stage_host(&player->stage, NULL, &player->host, &unused) == 0;
}

/* What a step has run unseen before it; restoring has done that already. */
static void set_up(struct player *player, size_t step)
{
	const struct lesson_lines *setup = &player->lesson->steps[step].setup;
	struct error err;

	for (size_t i = 0; i < setup->count && player->restored != step + 1; i++)
		if (!setup->list[i].comment &&
		    stage_line(&player->stage, player->lesson, &setup->list[i], false, &err) < 0) {
			player_restore(player, step, 0, true, &err);
			break;
		}
	player->restored = 0;
}

void player_enter(struct player *player, size_t step)
{
	cleanup_text struct text text = { 0 };

	set_up(player, step);
	player->step = step;
	player->line = 0;
	player->fired = -1;
	free(player->guess);
	player->guess = NULL;
	player->chosen = 0;
	player->lost = false;
	memset(player->given, 0, sizeof(player->given));
	take_host(player);
	progress_set(player->progress, player->key, player->language, step_of(player)->id);
	keep(player);
	log_step(player->playing.log, step_of(player));
	begin_text(player);
	show_progress(player, &text);
	show_blank(player, &text);
	player_turn(player, &text);
	player_tell(player, &text);
}

int player_restore(struct player *player, size_t step, size_t line, bool said, struct error *err)
{
	cleanup_text struct text text = { 0 }, note = { 0 };
	size_t played = 0;

	if (stage_restore(&player->stage, player->lesson, step, line, &played, err) < 0) {
		if (strcmp(err->id, error_row(ERR_REFUSED)->id) == 0)
			fail_fix(err, "save what you need of these files, then go on and answer y; or lesson quit leaves the lesson");
		return -1;
	}
	player->stage.made_again = true;
	player->strayed = false;
	player->restored = step + 1;
	if (!said || !played)
		return 0;
	text_addf(&note, in_words(player, SAY_RESTORED), played);
	show_dim(player, text_of(&note), &text);
	player_tell(player, &text);
	return 0;
}

static void finish(struct player *player)
{
	cleanup_text struct text text = { 0 }, line = { 0 };

	player->place = ENDED;
	show_plain(player, &player->lesson->end, &text);
	text_add(&text, "\n");
	text_addf(&text, "%s\n", in_words(player, SAY_FINISHED));
	if (player->lesson->own_store)
		text_addf(&text, "%s\n", in_words(player, SAY_STORE_STAYS));
	if (player->next) {
		text_addf(&line, in_words(player, SAY_COMES_NEXT), player->next);
		show_dim(player, text_of(&line), &text);
	}
	player_tell(player, &text);
	progress_finish(player->progress, player->key);
	keep(player);
	log_end(player->playing.log, true);
}

/* Steps whose needs are not met here are passed over, which is said. */
void player_go(struct player *player, size_t step)
{
	struct facts *facts = &player->stage.session->facts;

	for (; step < player->lesson->count; step++) {
		const struct lesson_step *next = &player->lesson->steps[step];
		cleanup_text struct text text = { 0 };
		struct error lacks;
		if (!lesson_lacks(player->lesson, next, facts, &lacks)) {
			player_enter(player, step);
			return;
		}
		text_addf(&text, in_words(player, SAY_PASSED_OVER), next->id, lacks.what);
		text_sayf(&text, "\n  why: %s\n  fix: %s\n\n", lacks.why, lacks.fix);
		player_tell(player, &text);
	}
	finish(player);
}

void player_show(struct player *player)
{
	cleanup_text struct text text = { 0 };

	if (player->place == ENDED)
		return;
	show_progress(player, &text);
	if (player->place == DONE) {
		text_addn(&text, text_of(&player->page.text), player->page.text.len);
		show_answer(player, &text);
		text_add(&text, "\n");
		show_way_on(player, &text);
	} else {
		show_blank(player, &text);
		player->shown = 0;
		player_turn(player, &text);
	}
	player_tell(player, &text);
}

/* ---- demos ---- */

void player_end_step(struct player *player)
{
	cleanup_text struct text text = { 0 };

	player->place = DONE;
	mark_done(player);
	show_answer(player, &text);
	text_add(&text, "\n");
	show_way_on(player, &text);
	player_tell(player, &text);
}

/* ---- questions ---- */

const char *player_asks(const struct player *player)
{
	return player->place == ASKED ? in_words(player, SAY_GUESS_PROMPT) : NULL;
}

void player_guess(struct player *player, const char *answer)
{
	cleanup_text struct text text = { 0 };

	if (player->place != ASKED)
		return;
	guess_take(player, answer);
	keep(player);
	enter_block(player, &text);
	text_add(&text, "\n");
	show_way_on(player, &text);
	player_tell(player, &text);
}

/* ---- telling ---- */

void player_steps(const struct player *player, struct text *ret)
{
	const struct lesson *lesson = player->lesson;

	text_addf(ret, "%s\n", lesson->title);
	for (size_t i = 0; i < lesson->count; i++) {
		const struct lesson_step *step = &lesson->steps[i];
		bool done = progress_has(player->progress, player->key, step->id);
		const char *mark = done ? (player->style.utf8 ? "✓" : "+") : " ";
		const char *here = i == player->step && player->place != ENDED ? ">" : " ";
		text_addf(ret, " %s%s %2zu  %-24s %s\n", here, mark, i + 1, step->id, step->heading);
	}
	size_t right, guesses = progress_guesses(player->progress, player->key, &right);
	if (guesses) {
		text_addf(ret, in_words(player, SAY_GUESSES), right, guesses);
		text_add(ret, "\n");
	}
}

bool player_makes_again(const struct player *player)
{
	return player->stage.made_again;
}

int player_leave(struct player *player, bool asks, struct error *err)
{
	cleanup_text struct text text = { 0 };

	/* What stands on the lesson's images goes with them. */
	player->stage.made_again = player->stage.made_again || !asks;
	if (player->lesson->own_store && stage_clear(&player->stage, NULL, err) < 0 && asks)
		return -1;
	keep(player);
	if (player->place != ENDED) {
		text_addf(&text, in_words(player, SAY_LEFT), player->step + 1, player->lesson->count);
		text_add(&text, "\n");
		log_end(player->playing.log, false);
	}
	if (player->lesson->own_store)
		text_addf(&text, "%s\n", in_words(player, SAY_STORE_GONE));
	player_tell(player, &text);
	return 0;
}
