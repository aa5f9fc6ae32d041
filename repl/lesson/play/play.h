/* lesson/play: the player, and the prover that plays without a person.
 * May include: lesson/file lesson/check session snapshot words/language image base.
 * Never: reads a file of lessons itself.
 * Begin at: play.h. */
/* Playing a lesson: one step after another, on the stage of a shell. It knows where the learner
 * is; what was typed is the shell's business, which reports it here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lesson/file/lesson.h"
#include "lesson/file/page.h"
#include "lesson/play/progress.h"
#include "lesson/play/stage.h"

struct log;
struct player;

/* How a lesson is to be played. */
struct playing {
	const char *language;
	size_t place; /* in the course, from 1; 0 for a file outside it */
	int last;     /* the number of the course's last lesson */
	const char *next;    /* the lesson after it, NULL for none */
	const char *step;    /* where to begin, as the learner names it; NULL: where he was */
	bool no_skip;
	struct log *log;     /* what is handed in, NULL for nothing */
};

/* Begin lesson, which the player takes over; progress must outlive it. The screen's style and rows
 * are asked for again by player_screen(). */
struct player *player_new(const struct stage *stage, struct lesson *lesson,
			  struct progress *progress, const struct playing *playing);
void player_free(struct player *player);
void player_screen(struct player *player, const struct page_style *style, size_t rows);

/* Show the step that was asked for, the one where the learner was, or the first; the state is made for it.
 * -1 with err. */
int player_begin(struct player *player, struct error *err);

/* Show the present screen once more. */
void player_show(struct player *player);

/* What Enter and next do. skip: pass over a task. */
int player_next(struct player *player, bool skip, struct error *err);
int player_back(struct player *player, struct error *err);

/* Begin a step once more. what: this one when NULL, "all" for the first with everything forgotten, or the name
 * of another. */
int player_again(struct player *player, const char *what, struct error *err);
int player_hint(struct player *player, struct error *err);
int player_solution(struct player *player, struct error *err);

/* Judge the task's own checks: how check without an expression answers. false with err where there
 * is none. count_only: only so much may be told. */
bool player_check(struct player *player, struct verdict *ret, bool *count_only,
		  struct error *err);

/* The learner typed a command; changed: the child is not what it was; ran: it has run a program, which may have made
 * files. */
void player_heard(struct player *player, bool changed, bool ran);

/* Whether what the child would lose is the lesson's own, and made again by it. */
bool player_makes_again(const struct player *player);

/* The prompt for the answer to a question; NULL when none is waited for. player_guess() takes it. */
const char *player_asks(const struct player *player);
void player_guess(struct player *player, const char *answer);

/* The steps, and which are done. */
void player_steps(const struct player *player, struct text *ret);

/* Whether errors are to come without their cause: it is the learner's to find. */
bool player_withholds(const struct player *player);

const struct lesson *player_lesson(const struct player *player);

/* Where the learner stands is kept; the lesson's store goes, and its child. What is said about leaving goes to the stage.
 * asks: the user may say no, where files would be lost: -1 with err, and the lesson goes on. */
int player_leave(struct player *player, bool asks, struct error *err);
