/* Going through a lesson: Enter, back, again, a jump to a step. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "lesson/play/log.h"
#include "lesson/play/player.h"
#include "session/session.h"

/* Fail where the demo was written for another state than there is. */
static int fail_state(const struct player *player, struct error *err)
{
	cleanup_verdict struct verdict verdict = { 0 };

	if (stage_holds(&player->stage, step_of(player), host_of(player), &verdict))
		return 0;
	fail_id(err, ERR_LESSON_STATE, 0, "this demo begins in another state than the child is in");
	for (size_t i = 0; i < verdict.count; i++)
		if (verdict.list[i].looked && !finding_well(&verdict.list[i]))
			fail_why(err, "%s: %s", verdict.list[i].test, verdict.list[i].saw);
	return fail_fix(err, "again restores the state in which it begins");
}

/* Run the demo's next command. What fails and should not is tried once more on the lesson's own
 * state: the learner may have come another way. */
static int run_line(struct player *player, struct error *err)
{
	const struct lesson_line *line = player_demo_line(player);
	size_t at = line ? (size_t)(line - step_of(player)->lines.list) : 0;
	cleanup_text struct text text = { 0 };

	if (line && player->strayed && player_restore(player, player->step, at, true, err) < 0)
		return -1;
	if (line && player->line == 0 && fail_state(player, err) < 0)
		return -1;
	if (line && stage_line(&player->stage, player->lesson, line, true, err) < 0) {
		if (player->stage.stopped(player->stage.context))
			return 0;
		if (player_restore(player, player->step, at, true, err) < 0 ||
		    stage_line(&player->stage, player->lesson, line, true, err) < 0)
			return -1;
	}
	player->line = line ? at + 1 : player->line;
	if (!player_demo_line(player)) {
		player_end_step(player);
		return 0;
	}
	show_comments(player, &text);
	text_add(&text, "\n");
	show_way_on(player, &text);
	player_tell(player, &text);
	return 0;
}

void player_heard(struct player *player, bool changed, bool ran)
{
	player->stage.made_again = player->stage.made_again && !ran;
	if (player->place == TRYING) {
		task_try(player);
		player->strayed = false;
		if (player->place == TRYING)
			task_lost(player);
		return;
	}
	player->strayed = player->strayed || (changed && player->place != ENDED);
}

int player_next(struct player *player, bool skip, struct error *err)
{
	cleanup_text struct text text = { 0 };

	switch (player->place) {
	case READING:
		player_turn(player, &text);
		player_tell(player, &text);
		return 0;
	case ASKED:
		player_guess(player, "");
		return 0;
	case SHOWING:
		return run_line(player, err);
	case TRYING:
		if (skip)
			return task_skip(player, err);
		/* What the checks ask may have come about by itself. */
		task_try(player);
		if (player->place != TRYING)
			return 0;
		fail_id(err, ERR_LESSON_OPEN, 0, "next: the task is not solved yet");
		return fail_fix(err, player->playing.no_skip ? "check shows how much is missing, hint helps" :
			"check shows what is missing, hint helps, next --skip skips it");
	case DONE:
		if (player->strayed && player_restore(player, player->step + 1, 0, true, err) < 0)
			return -1;
		player_go(player, player->step + 1);
		return 0;
	case ENDED:
		break;
	}
	return fail_id(err, ERR_LESSON_NONE, 0, "next: the lesson is done");
}

/* With --no-skip nobody jumps over a task that is not solved. */
static int may_jump(const struct player *player, size_t step, struct error *err)
{
	for (size_t i = 0; i < step && player->playing.no_skip; i++)
		if (player->lesson->steps[i].kind == STEP_TASK &&
		    !progress_has(player->progress, player->key, player->lesson->steps[i].id)) {
			fail_id(err, ERR_LESSON_LOCKED, 0, "step %zu: locked, because the lesson is played with --no-skip",
				step + 1);
			return fail_fix(err, "solve step %zu, %s, first", i + 1, player->lesson->steps[i].id);
		}
	return 0;
}

/* The step that the learner names. */
static int jump_to(const struct player *player, const char *name, size_t *ret, struct error *err)
{
	return lesson_step_meant(player->lesson, name, ret, err) < 0 ? -1 : may_jump(player, *ret, err);
}

/* Where images go, for who is used to his own. */
static void tell_store(const struct player *player)
{
	cleanup_text struct text text = { 0 };

	if (!player->lesson->own_store)
		return;
	show_dim(player, in_words(player, SAY_STORE), &text);
	player_tell(player, &text);
}

int player_begin(struct player *player, struct error *err)
{
	const char *at = progress_at(player->progress, player->key);
	int was = at ? lesson_step_called(player->lesson, at) : 0;
	size_t step = was > 0 ? (size_t)was : 0;

	if (player->playing.step && jump_to(player, player->playing.step, &step, err) < 0)
		return -1;
	if (player_restore(player, step, 0, step > 0, err) < 0)
		return -1;
	tell_store(player);
	log_begin(player->playing.log, player->lesson, player->language, player->playing.no_skip);
	player_go(player, step);
	return 0;
}

int player_back(struct player *player, struct error *err)
{
	size_t step = player->step;

	if (player->place != ENDED && step == 0)
		return fail_id(err, ERR_LESSON_NONE, 0, "back: this is the first step");
	/* Those that are passed over here are passed over backwards as well. */
	for (step -= player->place != ENDED; step > 0; step--) {
		struct error lacks;
		if (!lesson_lacks(player->lesson, &player->lesson->steps[step],
				  &player->stage.session->facts, &lacks))
			break;
	}
	if (player_restore(player, step, 0, false, err) < 0)
		return -1;
	player_enter(player, step);
	return 0;
}

int player_again(struct player *player, const char *what, struct error *err)
{
	bool all = what && strcmp(what, "all") == 0;
	size_t step = all ? 0 : player->step;

	if (what && !all && jump_to(player, what, &step, err) < 0)
		return -1;
	if (player_restore(player, step, 0, false, err) < 0)
		return -1;
	if (all)
		progress_forget(player->progress, player->key);
	player_go(player, step);
	return 0;
}
