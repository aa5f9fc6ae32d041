/* What the learner expected of a step: held against the choices of its question, and remembered. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "lesson/play/log.h"
#include "lesson/play/player.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* answer without blanks at both ends, in arena. */
static const char *trimmed(const char *answer, struct arena *arena)
{
	size_t length;

	while (is_blank(*answer))
		answer++;
	for (length = strlen(answer); length && is_blank(answer[length - 1]); length--)
		;
	return arena_copyn(arena, answer, length);
}

/* The choice that an answer names, by its number, from 1, or by its words; 0 for none. */
static size_t choice_of(const struct lesson_step *step, const char *answer)
{
	char *end;
	unsigned long number = strtoul(answer, &end, 10);

	if (*answer >= '0' && *answer <= '9' && !*end)
		return number <= step->choice_count ? number : 0;
	for (size_t i = 0; i < step->choice_count; i++)
		if (strcasecmp(step->choices[i], answer) == 0)
			return i + 1;
	return 0;
}

void guess_take(struct player *player, const char *answer)
{
	cleanup_arena struct arena arena = { 0 };
	const struct lesson_step *step = step_of(player);

	free(player->guess);
	player->guess = text_copy(trimmed(answer, &arena));
	player->chosen = choice_of(step, player->guess);
	log_guess(player->playing.log, player->guess);
	if (step->right && player->chosen)
		progress_guess(player->progress, player->key, step->id, player->chosen == step->right);
}

void guess_show(const struct player *player, struct text *ret)
{
	const struct lesson_step *step = step_of(player);
	cleanup_text struct text line = { 0 };

	if (!player->guess || !player->guess[0])
		return;
	text_addf(&line, in_words(player, SAY_GUESSED),
		  player->chosen ? step->choices[player->chosen - 1] : vis(player->guess));
	if (step->right && player->chosen == step->right)
		text_addf(&line, " %s", in_words(player, SAY_RIGHT));
	text_add(ret, "\n");
	show_dim(player, text_of(&line), ret);
	if (!step->right || player->chosen == step->right)
		return;
	text_clear(&line);
	text_addf(&line, in_words(player, SAY_IT_WAS), step->right, step->choices[step->right - 1]);
	show_dim(player, text_of(&line), ret);
}
