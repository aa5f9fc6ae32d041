#include "shell/tell/mounts.h"

#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/show/cut.h"
#include "base/show/paint.h"
#include "base/text.h"
#include "shell/shell.h"
#include "shell/tell/calls.h"
#include "shell/tell/name.h"

enum {
	FEW = 8,    /* rows that a short window has for changes */
	FOLDED = 4, /* and that a folded step has */
	WHOLE = 3,  /* so many changed lines are printed whole, more of them in one row each */
};

/* What became of the mounts. */
struct tally {
	size_t added, removed, changed, hidden;
};

static struct tally count(const struct difference *difference)
{
	struct tally ret = { 0 };

	for (size_t i = 0; difference && i < difference->mount_count; i++)
		switch (difference->mounts[i].change) {
		case CHANGE_ADDED: ret.added++; break;
		case CHANGE_REMOVED: ret.removed++; break;
		case CHANGE_CHANGED: ret.changed++; break;
		case CHANGE_HIDDEN: ret.hidden++; break;
		}
	return ret;
}

/* whole: as long as it is; else in one row. */
static void add_row(const struct shell *shell, const char *line, size_t used, bool whole, struct text *ret)
{
	cleanup_text struct text row = { 0 };

	mounts_show(line, &row);
	if (whole)
		text_add(ret, text_of(&row));
	else
		text_add_cut(ret, text_of(&row), shell->screen.columns - used, shell->screen.utf8);
	text_add(ret, "\n");
}

static void add_change(const struct shell *shell, const struct mount_change *change, bool whole,
		       struct text *ret)
{
	static const struct { const char *mark; enum paint color; } marks[] = {
		[CHANGE_ADDED] = { "+", PAINT_ADDED },
		[CHANGE_REMOVED] = { "-", PAINT_REMOVED },
		[CHANGE_CHANGED] = { "~", PAINT_CHANGED },
	};

	text_add(ret, "   ");
	paint(ret, shell->screen.color, marks[change->change].color, marks[change->change].mark);
	text_add(ret, " ");
	add_row(shell, change->change == CHANGE_REMOVED ? change->before->line : change->after->line, 5,
		whole, ret);
	if (change->change != CHANGE_CHANGED || !whole)
		return;
	text_say(ret, "     was: ");
	add_row(shell, change->before->line, 10, whole, ret);
}

/* The changes in the order in which they are told: the new /, what was added, what was changed, and at
 * last what is gone. */
static size_t rank(const struct mount_change *change)
{
	static const size_t ranks[] = { [CHANGE_ADDED] = 1, [CHANGE_CHANGED] = 2, [CHANGE_REMOVED] = 3,
					[CHANGE_HIDDEN] = 4 };
	bool root = change->after && strcmp(change->after->point, "/") == 0;

	return root ? 0 : ranks[change->change];
}

/* What goes beyond a few rows is counted, and rest names the word that prints it; what is gone has been
 * counted in the line above. */
static void report_some(const struct shell *shell, const struct difference *difference,
			const struct tally *tally, bool folded, const char *rest, struct text *ret)
{
	size_t rows = folded ? FOLDED : shell->screen.rows / 3 > FEW ? shell->screen.rows / 3 : FEW;
	size_t stand = tally->added + tally->changed, all = stand + tally->removed, shown = 0;
	size_t wanted = all <= rows ? all : stand, most = wanted <= rows ? wanted : rows - 1;
	bool whole = !folded && wanted <= WHOLE;

	for (size_t turn = 0; turn <= 3; turn++)
		for (size_t i = 0; i < difference->mount_count && shown < most; i++) {
			const struct mount_change *change = &difference->mounts[i];
			if (rank(change) != turn)
				continue;
			add_change(shell, change, whole, ret);
			shown++;
		}
	if (shown < wanted)
		text_sayf(ret, "     and %zu more: %s\n", wanted - shown, rest);
}

/* Whether the table takes no more than half of the window. */
static bool fits(const struct shell *shell, const struct mounts *mounts)
{
	size_t rows = 0;

	if (shell->show != SHOW_AUTO)
		return shell->show == SHOW_FULL;
	for (size_t i = 0; i < mounts->count; i++)
		rows += 1 + (strlen(mounts->list[i].line) + 5) / shell->screen.columns;
	return rows <= shell->screen.rows / 2;
}

/* The change that a mount of the new table is part of, NULL where it is as it was. */
static const struct mount_change *change_of(const struct difference *difference,
					    const struct mount *mount)
{
	for (size_t i = 0; difference && i < difference->mount_count; i++)
		if (difference->mounts[i].after == mount)
			return &difference->mounts[i];
	return NULL;
}

static void report_table(const struct shell *shell, const struct mounts *mounts,
			 const struct difference *difference, bool removed, struct text *ret)
{
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount_change *change = change_of(difference, &mounts->list[i]);
		if (change) {
			add_change(shell, change, true, ret);
			continue;
		}
		text_add(ret, "     ");
		add_row(shell, mounts->list[i].line, 5, true, ret);
	}
	for (size_t i = 0; removed && difference && i < difference->mount_count; i++)
		if (difference->mounts[i].change == CHANGE_REMOVED)
			add_change(shell, &difference->mounts[i], true, ret);
}

static void add_tally(const struct tally *tally, struct text *ret)
{
	if (tally->added)
		text_sayf(ret, ", %zu added", tally->added);
	if (tally->removed)
		text_sayf(ret, ", %zu removed", tally->removed);
	if (tally->changed)
		text_sayf(ret, ", %zu changed", tally->changed);
	if (tally->hidden)
		text_sayf(ret, ", %zu out of sight, still mounted", tally->hidden);
}

void report_mounts(const struct shell *shell, const struct reading *after,
		   const struct difference *difference, bool folded, struct text *ret)
{
	const struct mounts *mounts = after->mounts;
	cleanup_text struct text line = { 0 };

	report_name(after, "mountinfo", &line);
	if (!mounts) {
		text_sayf(ret, "%scannot be read\n", text_of(&line));
		return;
	}
	struct tally tally = count(difference);
	text_addf(&line, message_of(mounts->count, "%zu mount", "%zu mounts"), mounts->count);
	add_tally(&tally, &line);
	bool same = difference && !difference->mount_count;
	if (same && is_brief(shell))
		return;
	text_say(&line, same ? ", unchanged" : "");
	paint(ret, shell->screen.color && same, PAINT_DIM, text_of(&line));
	text_add(ret, "\n");
	/* After a pivot what is there says more than all that is gone. */
	bool another = tally.removed > FEW && tally.removed > mounts->count;
	if (fits(shell, mounts))
		report_table(shell, mounts, difference, !another, ret);
	else if (difference)
		report_some(shell, difference, &tally, folded,
			    after->pid == shell->session.at->now.pid ? "mountinfo" : "set show full", ret);
}
