#include "lesson/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/paint.h"
#include "base/text.h"
#include "lesson/log.h"
#include "lesson/says.h"
#include "session/session.h"

/* Where in a step one is. */
enum place {
	READING,  /* pages of its text are left */
	ASKED,    /* the question of a predict block */
	SHOWING,  /* a demo's commands are left */
	TRYING,   /* a task is not reached */
	DONE,     /* all is said */
	ENDED     /* the lesson is over */
};

struct player {
	struct stage stage;
	struct lesson *lesson;
	struct progress *progress;
	struct playing playing;
	char language[4];
	char *key;               /* of the lesson in progress */
	char *next;
	struct page_style style;
	size_t rows;
	size_t step, line;       /* line: the next of a demo */
	enum place place;
	struct page page;        /* of the step's text */
	size_t shown;            /* of page */
	char *guess;
	bool strayed;            /* the state is not the lesson's own any more */
	bool given[32];          /* hints of this step */
	int fired;               /* the hint whose state held last, -1 for none */
	struct reading host;     /* as this step began */
	bool host_taken;
};

static const struct lesson_step *step_of(const struct player *player)
{
	return &player->lesson->steps[player->step];
}

static const char *in_words(const struct player *player, enum say say)
{
	return say_in(player->language, say);
}

static void tell(const struct player *player, const struct text *text)
{
	player->stage.say(player->stage.context, text);
}

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
	player->key = real ? real : strdup(lesson->name);
	player->next = playing->next ? strdup(playing->next) : NULL;
	player->style = (struct page_style){ .columns = 80 };
	player->rows = 24;
	player->fired = -1;
	return player;
}

static void forget_host(struct player *player)
{
	if (player->host_taken)
		reading_done(&player->host);
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

const struct lesson *player_lesson(const struct player *player)
{
	return player->lesson;
}

static void keep(struct player *player)
{
	cleanup_text struct text text = { 0 };
	struct error err;

	if (progress_save(player->progress, &err) == 0)
		return;
	text_addf(&text, "stave: how far you are cannot be kept: %s: %s\n", err.what,
		  errno_name(err.code));
	tell(player, &text);
}

/* ---- screens ---- */

static void add_dim(const struct player *player, const char *s, struct text *ret)
{
	text_add(ret, " ");
	paint(ret, player->style.color, PAINT_DIM, s);
	text_add(ret, "\n");
}

/* "== Title ====== step 2 of 6 · lesson 1 of 18 ==" */
static void add_progress_line(const struct player *player, struct text *ret)
{
	cleanup_text struct text where = { 0 };
	const char *rule = player->style.utf8 ? "─" : "-";

	if (player->playing.place)
		text_addf(&where, "%zu/%zu  ", player->playing.place, player->playing.total);
	text_addf(&where, in_words(player, SAY_STEP), player->step + 1, player->lesson->count);
	size_t used = text_columns(player->lesson->title) + text_columns(text_of(&where)) + 8;
	text_addf(ret, "%s%s ", rule, rule);
	paint(ret, player->style.color, PAINT_BOLD, player->lesson->title);
	text_add(ret, " ");
	for (size_t i = used; i < player->style.columns; i++)
		text_add(ret, rule);
	text_addf(ret, " %s %s%s\n", text_of(&where), rule, rule);
}

static void add_headed(struct player *player, enum say head, const struct passage *passage,
		       struct text *ret)
{
	cleanup_page struct page page = { 0 };
	struct page_style style = player->style;

	style.indent = 2;
	text_add(ret, "\n");
	paint(ret, style.color, PAINT_BOLD, in_words(player, head));
	text_add(ret, "\n");
	page_add(&page, passage, &style);
	text_addn(ret, text_of(&page.text), page.text.len);
}

static void add_plain(struct player *player, const struct passage *passage, struct text *ret)
{
	cleanup_page struct page page = { 0 };

	if (!passage->s)
		return;
	text_add(ret, "\n");
	page_add(&page, passage, &player->style);
	text_addn(ret, text_of(&page.text), page.text.len);
}

/* The next of a demo's commands, and the comments before it; NULL when there is none. */
static const struct lesson_line *next_line(const struct player *player)
{
	const struct lesson_lines *lines = &step_of(player)->lines;
	size_t at = player->line;

	while (at < lines->count && lines->list[at].comment)
		at++;
	return at < lines->count ? &lines->list[at] : NULL;
}

static bool is_last(const struct player *player)
{
	return player->step + 1 == player->lesson->count;
}

/* The last line of every screen: what to type. */
static void add_way_on(struct player *player, struct text *ret)
{
	cleanup_text struct text line = { 0 };
	const struct lesson_line *next;

	switch (player->place) {
	case READING:
		add_dim(player, in_words(player, SAY_MORE), ret);
		break;
	case ASKED:
		add_dim(player, in_words(player, SAY_GUESS), ret);
		break;
	case SHOWING:
		next = next_line(player);
		text_addf(&line, in_words(player, SAY_RUNS), next ? vis(next->s) : "");
		add_dim(player, text_of(&line), ret);
		break;
	case TRYING:
		add_dim(player, in_words(player, player->playing.no_skip ? SAY_TASK_LOCKED :
									   SAY_TASK_HELP), ret);
		break;
	case DONE:
		add_dim(player, in_words(player, is_last(player) ? SAY_END : SAY_NEXT), ret);
		break;
	case ENDED:
		break;
	}
}

/* The comments that stand before a demo's next command. */
static void add_comments(struct player *player, struct text *ret)
{
	const struct lesson_lines *lines = &step_of(player)->lines;

	for (size_t i = player->line; i < lines->count && lines->list[i].comment; i++) {
		const char *s = lines->list[i].s;
		struct passage passage = { s + strspn(s, "# "), strlen(s + strspn(s, "# ")), 0 };
		add_plain(player, &passage, ret);
	}
}

static void mark_done(struct player *player)
{
	progress_mark(player->progress, player->key, step_of(player)->id);
	keep(player);
}

/* What is said when a step is done. */
static void add_answer(struct player *player, struct text *ret)
{
	cleanup_text struct text line = { 0 };

	if (player->guess && player->guess[0]) {
		text_addf(&line, in_words(player, SAY_GUESSED), vis(player->guess));
		text_add(ret, "\n");
		add_dim(player, text_of(&line), ret);
	}
	add_plain(player, &step_of(player)->explain, ret);
}

/* The text is read: come to what the step is about. */
static void enter_block(struct player *player, struct text *ret)
{
	const struct lesson_step *step = step_of(player);

	switch (step->kind) {
	case STEP_DEMO:
		player->place = SHOWING;
		add_comments(player, ret);
		break;
	case STEP_TASK:
		player->place = TRYING;
		add_headed(player, SAY_TASK, &step->words, ret);
		break;
	case STEP_REMEMBER:
		player->place = DONE;
		add_headed(player, SAY_REMEMBER, &step->words, ret);
		mark_done(player);
		break;
	}
}

/* The next page of the text, and what follows the last. */
static void turn_page(struct player *player, struct text *ret)
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
		add_plain(player, &step->predict, ret);
	} else {
		enter_block(player, ret);
	}
	text_add(ret, "\n");
	add_way_on(player, ret);
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
	player->host_taken = stage_host(&player->host, &unused) == 0;
}

static const struct reading *host_of(const struct player *player)
{
	return player->host_taken ? &player->host : NULL;
}

/* Stand at the beginning of a step, and show it. */
static void enter_step(struct player *player, size_t step)
{
	cleanup_text struct text text = { 0 };

	player->step = step;
	player->line = 0;
	player->fired = -1;
	free(player->guess);
	player->guess = NULL;
	memset(player->given, 0, sizeof(player->given));
	take_host(player);
	progress_set(player->progress, player->key, player->language, step_of(player)->id);
	keep(player);
	log_step(player->playing.log, step_of(player));
	begin_text(player);
	add_progress_line(player, &text);
	text_add(&text, "\n");
	turn_page(player, &text);
	tell(player, &text);
}

static int restore(struct player *player, size_t step, size_t line, bool said, struct error *err)
{
	cleanup_text struct text text = { 0 }, note = { 0 };
	size_t played = 0;

	if (stage_restore(&player->stage, player->lesson, step, line, &played, err) < 0)
		return -1;
	player->strayed = false;
	if (!said || !played)
		return 0;
	text_addf(&note, in_words(player, SAY_RESTORED), played);
	add_dim(player, text_of(&note), &text);
	tell(player, &text);
	return 0;
}

static void finish(struct player *player)
{
	cleanup_text struct text text = { 0 }, line = { 0 };

	player->place = ENDED;
	add_plain(player, &player->lesson->end, &text);
	text_add(&text, "\n");
	text_addf(&text, "%s\n", in_words(player, SAY_FINISHED));
	if (player->next) {
		text_addf(&line, in_words(player, SAY_COMES_NEXT), player->next);
		add_dim(player, text_of(&line), &text);
	}
	tell(player, &text);
	progress_finish(player->progress, player->key);
	keep(player);
	log_end(player->playing.log, true);
}

/* Steps whose needs are not met here are passed over, which is said. */
static void go_to(struct player *player, size_t step)
{
	struct facts *facts = &player->stage.session->facts;

	for (; step < player->lesson->count; step++) {
		const struct lesson_step *next = &player->lesson->steps[step];
		cleanup_text struct text text = { 0 };
		struct error lacks;
		if (!lesson_lacks(player->lesson, next, facts, &lacks)) {
			enter_step(player, step);
			return;
		}
		text_addf(&text, in_words(player, SAY_PASSED_OVER), next->id, lacks.what);
		text_addf(&text, "\n  why: %s\n  fix: %s\n\n", lacks.why, lacks.fix);
		tell(player, &text);
	}
	finish(player);
}

int player_begin(struct player *player, struct error *err)
{
	const char *at = progress_at(player->progress, player->key);
	int step = at ? lesson_step_called(player->lesson, at) : 0;

	if (restore(player, step > 0 ? (size_t)step : 0, 0, true, err) < 0)
		return -1;
	log_begin(player->playing.log, player->lesson, player->language, player->playing.no_skip);
	go_to(player, step > 0 ? (size_t)step : 0);
	return 0;
}

void player_show(struct player *player)
{
	cleanup_text struct text text = { 0 };

	if (player->place == ENDED)
		return;
	add_progress_line(player, &text);
	if (player->place == DONE) {
		text_addn(&text, text_of(&player->page.text), player->page.text.len);
		add_answer(player, &text);
		text_add(&text, "\n");
		add_way_on(player, &text);
	} else {
		text_add(&text, "\n");
		player->shown = 0;
		turn_page(player, &text);
	}
	tell(player, &text);
}

/* ---- demos ---- */

static void end_step(struct player *player)
{
	cleanup_text struct text text = { 0 };

	player->place = DONE;
	mark_done(player);
	add_answer(player, &text);
	text_add(&text, "\n");
	add_way_on(player, &text);
	tell(player, &text);
}

/* Run the demo's next command. What fails and should not is tried once more on the lesson's own
 * state: the learner may have come another way. */
static int run_line(struct player *player, struct error *err)
{
	const struct lesson_line *line = next_line(player);
	size_t at = line ? (size_t)(line - step_of(player)->lines.list) : 0;
	cleanup_text struct text text = { 0 };

	if (line && player->strayed && restore(player, player->step, at, true, err) < 0)
		return -1;
	if (line && stage_line(&player->stage, player->lesson, line, true, err) < 0) {
		if (player->stage.stopped(player->stage.context))
			return 0;
		if (restore(player, player->step, at, true, err) < 0 ||
		    stage_line(&player->stage, player->lesson, line, true, err) < 0)
			return -1;
	}
	player->line = line ? at + 1 : player->line;
	if (!next_line(player)) {
		end_step(player);
		return 0;
	}
	add_comments(player, &text);
	text_add(&text, "\n");
	add_way_on(player, &text);
	tell(player, &text);
	return 0;
}

/* ---- tasks ---- */

static void reached(struct player *player, const struct verdict *verdict, bool by_itself)
{
	cleanup_text struct text text = { 0 };

	(void)verdict;
	text_add(&text, "\n");
	paint(&text, player->style.color, PAINT_GOOD, in_words(player, SAY_REACHED));
	text_add(&text, "\n");
	tell(player, &text);
	log_reached(player->playing.log, by_itself);
	end_step(player);
}

static void give_hint(struct player *player, size_t i)
{
	const struct lesson_hint *hint = &step_of(player)->hints[i];
	cleanup_text struct text text = { 0 };

	player->given[i] = true;
	add_headed(player, SAY_HINT, &hint->text, &text);
	tell(player, &text);
	log_hint(player->playing.log, &hint->text, hint->state_text);
}

static void try_task(struct player *player)
{
	cleanup_verdict struct verdict verdict = { 0 };

	stage_judge(&player->stage, step_of(player), host_of(player), true, &verdict);
	log_check(player->playing.log, &verdict);
	if (verdict.holds) {
		reached(player, &verdict, true);
		return;
	}
	int fired = stage_hint(&player->stage, step_of(player), host_of(player));
	if (fired >= 0 && fired != player->fired && !player->given[fired])
		give_hint(player, (size_t)fired);
	player->fired = fired;
}

void player_heard(struct player *player, bool changed)
{
	if (player->place == TRYING) {
		try_task(player);
		player->strayed = false;
		return;
	}
	player->strayed = player->strayed || (changed && player->place != ENDED);
}

static int fail_task(const struct player *player, const char *what, struct error *err)
{
	(void)player;
	fail(err, 0, "%s: this step is no task", what);
	return fail_fix(err, "next goes on");
}

bool player_check(struct player *player, struct verdict *ret, bool *count_only,
		  struct error *err)
{
	if (player->place == ENDED || step_of(player)->kind != STEP_TASK) {
		fail_task(player, "check", err);
		fail_fix(err, "with an expression it answers at any moment: check ns pid own");
		return false;
	}
	stage_judge(&player->stage, step_of(player), host_of(player), false, ret);
	*count_only = player->playing.no_skip;
	return true;
}

int player_hint(struct player *player, struct error *err)
{
	const struct lesson_step *step = player->place == ENDED ? NULL : step_of(player);

	if (!step || step->kind != STEP_TASK)
		return fail_task(player, "hint", err);
	if (!step->hint_count) {
		cleanup_text struct text text = { 0 };
		add_dim(player, in_words(player, SAY_NO_HINT), &text);
		tell(player, &text);
		return 0;
	}
	int fired = stage_hint(&player->stage, step, host_of(player));
	if (fired >= 0 && !player->given[fired]) {
		give_hint(player, (size_t)fired);
		return 0;
	}
	for (size_t i = 0; i < step->hint_count; i++)
		if (!step->hints[i].state && !player->given[i]) {
			give_hint(player, i);
			return 0;
		}
	cleanup_text struct text text = { 0 };
	add_dim(player, in_words(player, SAY_ALL_HINTS), &text);
	tell(player, &text);
	for (size_t i = 0; i < step->hint_count; i++)
		if (player->given[i])
			give_hint(player, i);
	return 0;
}

static int fail_locked(const char *what, struct error *err)
{
	fail(err, 0, "%s: locked, the lesson is played with --no-skip", what);
	return fail_fix(err, "hint helps; the task is reached by the kernel's state, in any way");
}

/* Play the solution from where the task began. */
static int play_solution(struct player *player, bool shown, struct error *err)
{
	const struct lesson_step *step = step_of(player);

	if (restore(player, player->step, 0, false, err) < 0)
		return -1;
	for (size_t i = 0; i < step->lines.count; i++)
		if (!step->lines.list[i].comment &&
		    stage_line(&player->stage, player->lesson, &step->lines.list[i], shown, err) < 0)
			return -1;
	return 0;
}

int player_solution(struct player *player, struct error *err)
{
	cleanup_text struct text text = { 0 };
	cleanup_verdict struct verdict verdict = { 0 };

	if (player->place == ENDED || step_of(player)->kind != STEP_TASK)
		return fail_task(player, "solution", err);
	if (player->playing.no_skip)
		return fail_locked("solution", err);
	text_addf(&text, "%s\n", in_words(player, SAY_SOLUTION));
	tell(player, &text);
	log_solution(player->playing.log, true);
	if (play_solution(player, true, err) < 0)
		return -1;
	reached(player, &verdict, false);
	return 0;
}

/* ---- going ---- */

static int skip_task(struct player *player, struct error *err)
{
	if (player->playing.no_skip)
		return fail_locked("next --skip", err);
	log_solution(player->playing.log, false);
	if (play_solution(player, false, err) < 0)
		return -1;
	go_to(player, player->step + 1);
	return 0;
}

int player_next(struct player *player, bool skip, struct error *err)
{
	cleanup_text struct text text = { 0 };

	switch (player->place) {
	case READING:
		turn_page(player, &text);
		tell(player, &text);
		return 0;
	case ASKED:
		player_guess(player, "");
		return 0;
	case SHOWING:
		return run_line(player, err);
	case TRYING:
		if (skip)
			return skip_task(player, err);
		fail(err, 0, "next: the task is not reached yet");
		return fail_fix(err, player->playing.no_skip ? "check tells how much is missing, hint helps" :
			"check tells what is missing, hint helps, next --skip passes over it");
	case DONE:
		if (player->strayed && restore(player, player->step + 1, 0, true, err) < 0)
			return -1;
		go_to(player, player->step + 1);
		return 0;
	case ENDED:
		break;
	}
	return fail(err, 0, "next: the lesson is done");
}

int player_back(struct player *player, struct error *err)
{
	size_t step = player->step;

	if (player->place != ENDED && step == 0)
		return fail(err, 0, "back: this is the first step");
	/* Those that are passed over here are passed over backwards as well. */
	for (step -= player->place != ENDED; step > 0; step--) {
		struct error lacks;
		if (!lesson_lacks(player->lesson, &player->lesson->steps[step],
				  &player->stage.session->facts, &lacks))
			break;
	}
	if (restore(player, step, 0, false, err) < 0)
		return -1;
	enter_step(player, step);
	return 0;
}

int player_again(struct player *player, bool all, struct error *err)
{
	size_t step = all ? 0 : player->step;

	if (restore(player, step, 0, false, err) < 0)
		return -1;
	if (all)
		progress_forget(player->progress, player->key);
	go_to(player, step);
	return 0;
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
	free(player->guess);
	player->guess = strdup(answer);
	log_guess(player->playing.log, answer);
	enter_block(player, &text);
	text_add(&text, "\n");
	add_way_on(player, &text);
	tell(player, &text);
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
}

void player_leave(struct player *player)
{
	cleanup_text struct text text = { 0 };

	keep(player);
	if (player->place != ENDED) {
		text_addf(&text, in_words(player, SAY_LEFT), player->step + 1, player->lesson->count);
		text_add(&text, "\n");
		tell(player, &text);
		log_end(player->playing.log, false);
	}
}
