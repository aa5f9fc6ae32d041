#include "words/look/mark.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/show/paint.h"

static void mark(const struct mounts *mounts, const struct mount_change *change,
		 struct marks *ret)
{
	if (change->change == CHANGE_HIDDEN)
		return;
	if (change->change == CHANGE_REMOVED) {
		ret->gone[ret->gone_count++] = change->before;
		return;
	}
	/* A table that was read again since then holds other structs for the same mounts. */
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->list[i].id == change->after->id &&
		    strcmp(mounts->list[i].line, change->after->line) == 0)
			ret->of[i] = change->change == CHANGE_ADDED ? MARK_NEW : MARK_CHANGED;
}

void marks_find(const struct context *context, const struct reading *reading,
		struct marks *ret)
{
	const struct difference *last = context->last;
	size_t count = last && reading == context->child ? last->mount_count : 0;

	*ret = (struct marks){ 0 };
	ret->of = calloc(reading->mounts->count + 1, sizeof(*ret->of));
	ret->gone = calloc(count + 1, sizeof(*ret->gone));
	if (!ret->of || !ret->gone)
		out_of_memory();
	for (size_t i = 0; i < count; i++)
		mark(reading->mounts, &last->mounts[i], ret);
}

void marks_done(struct marks *marks)
{
	free(marks->of);
	free(marks->gone);
	*marks = (struct marks){ 0 };
}

void mark_add(const struct context *context, enum mark mark, struct text *ret)
{
	static const struct { const char *sign; enum paint color; } signs[] = {
		[MARK_NEW] = { "+", PAINT_ADDED },
		[MARK_CHANGED] = { "~", PAINT_CHANGED },
		[MARK_GONE] = { "-", PAINT_REMOVED },
	};

	if (mark == MARK_NONE)
		text_add(ret, " ");
	else
		paint(ret, context->color, signs[mark].color, signs[mark].sign);
}

void mark_legend(bool any, struct text *ret)
{
	if (any)
		text_say(ret, " by the last step: + added, ~ changed, - removed\n");
}
