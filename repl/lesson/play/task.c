/* Tasks: whether one is reached, its hints, its solution. */
#include "base/error.h"
#include "base/text.h"
#include "base/show/paint.h"
#include "lesson/play/log.h"
#include "lesson/play/player.h"

static void reached(struct player *player, bool by_itself)
{
	cleanup_text struct text text = { 0 };

	text_add(&text, "\n");
	paint(&text, player->style.color, PAINT_OWN, in_words(player, SAY_REACHED));
	text_add(&text, "\n");
	player_tell(player, &text);
	log_reached(player->playing.log, by_itself);
	player_end_step(player);
}

static void give_hint(struct player *player, size_t i)
{
	const struct lesson_hint *hint = &step_of(player)->hints[i];
	cleanup_text struct text text = { 0 };

	player->given[i] = true;
	show_headed(player, SAY_HINT, &hint->text, &text);
	player_tell(player, &text);
	log_hint(player->playing.log, &hint->text, hint->state_text);
}

void task_try(struct player *player)
{
	cleanup_verdict struct verdict verdict = { 0 };

	stage_judge(&player->stage, step_of(player), host_of(player), true, &verdict);
	log_check(player->playing.log, &verdict);
	if (verdict.holds) {
		reached(player, true);
		return;
	}
	int fired = stage_hint(&player->stage, step_of(player), host_of(player));
	if (fired >= 0 && fired != player->fired && !player->given[fired])
		give_hint(player, (size_t)fired);
	player->fired = fired;
}

void task_lost(struct player *player)
{
	cleanup_verdict struct verdict verdict = { 0 };
	cleanup_text struct text text = { 0 }, line = { 0 };

	if (player->lost || stage_holds(&player->stage, step_of(player), host_of(player), &verdict))
		return;
	player->lost = true;
	for (size_t i = 0; i < verdict.count && !line.len; i++)
		if (verdict.list[i].looked && !finding_well(&verdict.list[i]))
			text_addf(&line, in_words(player, SAY_LOST), verdict.list[i].test,
				  verdict.list[i].saw);
	text_add(&text, "\n");
	show_dim(player, text_of(&line), &text);
	player_tell(player, &text);
}

static int fail_task(const char *what, struct error *err)
{
	fail_id(err, ERR_LESSON_NONE, 0, "%s: this step is not a task", what);
	return fail_fix(err, "next continues");
}

bool player_check(struct player *player, struct verdict *ret, bool *count_only,
		  struct error *err)
{
	if (player->place == ENDED || step_of(player)->kind != STEP_TASK) {
		fail_task("check", err);
		fail_fix(err, "with an expression it answers at any time: check ns pid own");
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
		return fail_task("hint", err);
	if (!step->hint_count) {
		cleanup_text struct text text = { 0 };
		show_dim(player, in_words(player, SAY_NO_HINT), &text);
		player_tell(player, &text);
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
	show_dim(player, in_words(player, SAY_ALL_HINTS), &text);
	player_tell(player, &text);
	for (size_t i = 0; i < step->hint_count; i++)
		if (player->given[i])
			give_hint(player, i);
	return 0;
}

static int fail_locked(const char *what, struct error *err)
{
	fail_id(err, ERR_LESSON_LOCKED, 0, "%s: locked, because the lesson is played with --no-skip", what);
	return fail_fix(err, "hint helps; any way that reaches the goal is right");
}

/* Play the solution from where the task began. */
static int play_solution(struct player *player, bool shown, struct error *err)
{
	const struct lesson_step *step = step_of(player);

	if (player_restore(player, player->step, 0, false, err) < 0)
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

	if (player->place == ENDED || step_of(player)->kind != STEP_TASK)
		return fail_task("solution", err);
	if (player->playing.no_skip)
		return fail_locked("solution", err);
	text_addf(&text, "%s\n", in_words(player, SAY_SOLUTION));
	player_tell(player, &text);
	log_solution(player->playing.log, true);
	if (play_solution(player, true, err) < 0)
		return -1;
	reached(player, false);
	return 0;
}

int task_skip(struct player *player, struct error *err)
{
	if (player->playing.no_skip)
		return fail_locked("next --skip", err);
	log_solution(player->playing.log, false);
	if (play_solution(player, false, err) < 0)
		return -1;
	player_go(player, player->step + 1);
	return 0;
}
