/* The inside of a player. No files but player.c, screen.c and task.c include this. */
#pragma once

#include "lesson/check/host.h"
#include "lesson/file/lesson.h"
#include "lesson/play/play.h"
#include "lesson/play/says.h"

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
	size_t chosen;           /* the choice that it names, from 1; 0 for none */
	bool lost;               /* it has been said that the state of this step is gone */
	size_t restored;         /* the step, from 1, whose beginning was just restored; 0 for none */
	bool strayed;            /* the state is not the lesson's own any more */
	bool given[32];          /* hints of this step */
	int fired;               /* the hint whose state held last, -1 for none */
	struct host_state host;  /* as this step began */
	bool host_taken;
};

static inline const struct lesson_step *step_of(const struct player *player)
{
	return &player->lesson->steps[player->step];
}

static inline const char *in_words(const struct player *player, enum say say)
{
	return say_in(player->language, say);
}

static inline const struct host_state *host_of(const struct player *player)
{
	return player->host_taken ? &player->host : NULL;
}

/* ---- player.c ---- */

void player_tell(const struct player *player, const struct text *text);

/* Make the state that the lesson's own commands have made before a step, and before a line of it.
 * said: what had to be done is reported. -1 with err. */
int player_restore(struct player *player, size_t step, size_t line, bool said, struct error *err);

/* Stand at a step, or the first after it whose needs are met here; the lesson's end after the last. */
void player_go(struct player *player, size_t step);

/* The next page of the text, and what follows the last. */
void player_turn(struct player *player, struct text *ret);

/* Stand at the beginning of a step, whose needs are met, and show it. */
void player_enter(struct player *player, size_t step);

/* The step is done, which is kept and told. */
void player_end_step(struct player *player);

/* ---- screen.c: each appends to ret ---- */

/* What is not part of the lesson's text, filled. */
void show_dim(const struct player *player, const char *s, struct text *ret);

/* An empty line before the step's text; where there is none, what follows brings its own. */
void show_blank(const struct player *player, struct text *ret);

/* "== Title ====== 1/17  step 2 of 6 ==": the lesson's number and the last one's. */
void show_progress(const struct player *player, struct text *ret);

void show_headed(const struct player *player, enum say head, const struct passage *passage,
		 struct text *ret);
void show_plain(const struct player *player, const struct passage *passage, struct text *ret);

/* The drawing of the step before once more, which the task is about, where it has none of its own. */
void show_drawing(const struct player *player, struct text *ret);

/* The comments that stand before a demo's next command. */
void show_comments(const struct player *player, struct text *ret);

/* What is said when a step is done. */
void show_answer(const struct player *player, struct text *ret);

/* The last line of every screen: what to type. */
void show_way_on(const struct player *player, struct text *ret);

/* The next of a demo's commands, behind the comments before it; NULL when there is none. */
const struct lesson_line *player_demo_line(const struct player *player);

/* ---- guess.c ---- */

/* Take the answer to the step's question: judge and remember it. */
void guess_take(struct player *player, const char *answer);

/* Append what was expected, and what came. */
void guess_show(const struct player *player, struct text *ret);

/* ---- task.c ---- */

/* Say, once, that what the step begins with does not hold any more, and what to do. */
void task_lost(struct player *player);


/* See whether the task is reached; if not, a hint may be due. */
void task_try(struct player *player);

/* Pass over the task by its solution, which is not shown. -1 with err where that is locked. */
int task_skip(struct player *player, struct error *err);
