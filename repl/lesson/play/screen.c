/* What a player's screen says, made from where the learner stands. Nothing here changes that. */
#include <string.h>

#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "lesson/play/player.h"

void show_dim(const struct player *player, const char *s, struct text *ret)
{
	cleanup_text struct text filled = { 0 };

	fill(&filled, s, 1, player->style.columns);
	/* Its newline stands outside of the colour. */
	filled.s[filled.len - 1] = '\0';
	text_add(ret, " ");
	paint(ret, player->style.color, PAINT_DIM, filled.s);
	text_add(ret, "\n");
}

void show_progress(const struct player *player, struct text *ret)
{
	cleanup_text struct text where = { 0 };
	const char *rule = player->style.utf8 ? "─" : "-";

	if (player->playing.place)
		text_addf(&where, "%d/%d  ", player->lesson->number, player->playing.last);
	text_addf(&where, in_words(player, SAY_STEP), player->step + 1, player->lesson->count);
	size_t used = text_columns(player->lesson->title) + text_columns(text_of(&where)) + 8;
	text_addf(ret, "%s%s ", rule, rule);
	paint(ret, player->style.color, PAINT_BOLD, player->lesson->title);
	text_add(ret, " ");
	for (size_t i = used; i < player->style.columns; i++)
		text_add(ret, rule);
	text_addf(ret, " %s %s%s\n", text_of(&where), rule, rule);
}

void show_blank(const struct player *player, struct text *ret)
{
	text_add(ret, player->page.text.len ? "\n" : "");
}

void show_headed(const struct player *player, enum say head, const struct passage *passage,
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

void show_plain(const struct player *player, const struct passage *passage, struct text *ret)
{
	cleanup_page struct page page = { 0 };

	if (!passage->s)
		return;
	text_add(ret, "\n");
	page_add(&page, passage, &player->style);
	text_addn(ret, text_of(&page.text), page.text.len);
}

void show_drawing(const struct player *player, struct text *ret)
{
	cleanup_page struct page own = { 0 }, before = { 0 };

	if (!player->step || page_add_drawings(&own, &step_of(player)->text, &player->style) ||
	    !page_add_drawings(&before, &step_of(player)[-1].text, &player->style))
		return;
	text_add(ret, "\n");
	text_addn(ret, text_of(&before.text), before.text.len);
}

const struct lesson_line *player_demo_line(const struct player *player)
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

void show_way_on(const struct player *player, struct text *ret)
{
	cleanup_text struct text line = { 0 };
	const struct lesson_line *next;

	switch (player->place) {
	case READING:
		show_dim(player, in_words(player, SAY_MORE), ret);
		break;
	case ASKED:
		show_dim(player, in_words(player, SAY_GUESS), ret);
		break;
	case SHOWING:
		next = player_demo_line(player);
		text_addf(&line, in_words(player, SAY_RUNS), next ? vis(next->typed) : "");
		show_dim(player, text_of(&line), ret);
		break;
	case TRYING:
		show_dim(player, in_words(player, player->playing.no_skip ? SAY_TASK_LOCKED :
									    SAY_TASK_HELP), ret);
		break;
	case DONE:
		show_dim(player, in_words(player, is_last(player) ? SAY_END : SAY_NEXT), ret);
		break;
	case ENDED:
		break;
	}
}

void show_comments(const struct player *player, struct text *ret)
{
	const struct lesson_lines *lines = &step_of(player)->lines;

	for (size_t i = player->line; i < lines->count && lines->list[i].comment; i++) {
		const char *s = lines->list[i].s;
		struct passage passage = { s + strspn(s, "# "), strlen(s + strspn(s, "# ")), 0 };
		show_plain(player, &passage, ret);
	}
}

void show_answer(const struct player *player, struct text *ret)
{
	guess_show(player, ret);
	show_plain(player, &step_of(player)->explain, ret);
}
