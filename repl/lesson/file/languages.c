#include "lesson/file/languages.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "lesson/file/lesson.h"

/* The two that are compared. */
struct pair {
	const struct lesson *lesson, *english;
	struct error *err;
};

static int differ(const struct pair *pair, int line, const char *what)
{
	lesson_fail(pair->lesson, line, 1, pair->err, "%s: not as in %s", what,
		    vis(pair->english->path));
	return fail_fix(pair->err, "commands, checks, ids and their order are the same in all languages");
}

static bool same_needs(const struct need *a, size_t count, const struct need *b, size_t others)
{
	for (size_t i = 0; i < count && count == others; i++)
		if (a[i].kind != b[i].kind || a[i].major != b[i].major || a[i].minor != b[i].minor)
			return false;
	return count == others;
}

/* Commands in their order; comments are prose. */
static int compare_lines(const struct pair *pair, const struct lesson_lines *ours,
			 const struct lesson_lines *theirs, int line, const char *what)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < ours->count && ours->list[i].comment)
			i++;
		while (k < theirs->count && theirs->list[k].comment)
			k++;
		if (i == ours->count || k == theirs->count)
			break;
		if (strcmp(ours->list[i].s, theirs->list[k].s) != 0)
			return differ(pair, ours->list[i].line, ours->list[i].s);
		i++;
		k++;
	}
	if (i < ours->count)
		return differ(pair, ours->list[i].line, ours->list[i].s);
	return k < theirs->count ? differ(pair, line, what) : 0;
}

static int compare_hints(const struct pair *pair, const struct lesson_step *ours,
			 const struct lesson_step *theirs)
{
	if (ours->hint_count != theirs->hint_count)
		return differ(pair, ours->line, N_("the number of hints"));
	for (size_t i = 0; i < ours->hint_count; i++) {
		const struct lesson_hint *a = &ours->hints[i], *b = &theirs->hints[i];
		int line = a->text.line - 1;
		if (!a->state != !b->state || (a->state && strcmp(a->state_text, b->state_text) != 0))
			return differ(pair, line, N_("the state of the hint"));
		if (compare_lines(pair, &a->wrong, &b->wrong, line, "wrong") < 0)
			return -1;
	}
	return 0;
}

static int compare_checks(const struct pair *pair, const struct lesson_step *step,
			  const struct lesson_check *ours, size_t count,
			  const struct lesson_check *theirs, size_t others)
{
	for (size_t i = 0; i < count && i < others; i++)
		if (strcmp(ours[i].text, theirs[i].text) != 0)
			return differ(pair, ours[i].line, ours[i].text);
	return count != others ? differ(pair, step->line, N_("the number of checks")) : 0;
}

static int compare_ways(const struct pair *pair, const struct lesson_step *step,
			const struct lesson_lines *ours, size_t count,
			const struct lesson_lines *theirs, size_t others)
{
	for (size_t i = 0; i < count && i < others; i++)
		if (compare_lines(pair, &ours[i], &theirs[i], step->line, N_("cheat or also")) < 0)
			return -1;
	return count != others ? differ(pair, step->line, N_("the number of cheat or also blocks")) : 0;
}

static int compare_steps(const struct pair *pair, const struct lesson_step *ours,
			 const struct lesson_step *theirs)
{
	if (ours->kind != theirs->kind || strcmp(ours->id, theirs->id) != 0)
		return differ(pair, ours->line, ours->id);
	if (!ours->predict.s != !theirs->predict.s)
		return differ(pair, ours->line, N_("whether there is a predict block"));
	if (ours->choice_count != theirs->choice_count || ours->right != theirs->right)
		return differ(pair, ours->predict.line - 1, N_("the choices of the predict block"));
	if (!ours->explain.s != !theirs->explain.s)
		return differ(pair, ours->line, N_("whether there is an explain block"));
	if (!same_needs(ours->needs, ours->need_count, theirs->needs, theirs->need_count))
		return differ(pair, ours->line, "needs");
	if (compare_lines(pair, &ours->lines, &theirs->lines, ours->line, N_("the commands")) < 0)
		return -1;
	if (ours->riddle != theirs->riddle)
		return differ(pair, ours->line, N_("whether it is a riddle"));
	if (compare_lines(pair, &ours->setup, &theirs->setup, ours->line, "setup") < 0 ||
	    compare_checks(pair, ours, ours->states, ours->state_count, theirs->states,
			   theirs->state_count) < 0 ||
	    compare_checks(pair, ours, ours->checks, ours->check_count, theirs->checks,
			   theirs->check_count) < 0 ||
	    compare_ways(pair, ours, ours->cheats, ours->cheat_count, theirs->cheats,
			 theirs->cheat_count) < 0 ||
	    compare_ways(pair, ours, ours->also, ours->also_count, theirs->also,
			 theirs->also_count) < 0)
		return -1;
	return compare_hints(pair, ours, theirs);
}

static int compare_front(const struct pair *pair)
{
	const struct lesson *ours = pair->lesson, *theirs = pair->english;

	if (ours->minutes != theirs->minutes)
		return differ(pair, 1, "minutes");
	if (!same_needs(ours->needs, ours->need_count, theirs->needs, theirs->need_count))
		return differ(pair, 1, "needs");
	if (ours->own_store != theirs->own_store)
		return differ(pair, 1, "store");
	if (ours->after_count != theirs->after_count)
		return differ(pair, 1, "after");
	for (size_t i = 0; i < ours->after_count; i++)
		if (strcmp(ours->after[i], theirs->after[i]) != 0)
			return differ(pair, ours->after_line, "after");
	return 0;
}

static int compare(const struct pair *pair)
{
	const struct lesson *ours = pair->lesson, *theirs = pair->english;

	if (compare_front(pair) < 0)
		return -1;
	for (size_t i = 0; i < ours->count && i < theirs->count; i++)
		if (compare_steps(pair, &ours->steps[i], &theirs->steps[i]) < 0)
			return -1;
	if (ours->count != theirs->count)
		return differ(pair, ours->steps[ours->count - 1].line, N_("the number of steps"));
	return 0;
}

/* The English file of the same name, in arena; NULL where there is none, or it is that itself. */
static const char *english_of(const struct lesson *lesson, struct arena *arena)
{
	const char *folder = path_parent(arena, lesson->path);
	const char *language = path_name(folder);

	if (strlen(language) != 2 || strcmp(language, "en") == 0)
		return NULL;
	const char *path = arena_print(arena, "%s/en/%s", path_parent(arena, folder),
				       path_name(lesson->path));
	return access(path, F_OK) < 0 ? NULL : path;
}

bool lesson_is_translation(const struct lesson *lesson)
{
	cleanup_arena struct arena arena = { 0 };

	return english_of(lesson, &arena) != NULL;
}

int lesson_like_english(const struct lesson *lesson, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char *path = english_of(lesson, &arena);

	if (!path)
		return 0;
	cleanup_lesson struct lesson *english = lesson_read(path, err);
	return english ? compare(&(struct pair){ lesson, english, err }) : -1;
}
