/* The calls of a plan, a line each. */
#include "shell/tell/calls.h"

#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/message/printed.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "base/text.h"
#include "ops/plan.h"
#include "ops/same.h"
#include "shell/shell.h"

enum {
	ASIDE = 40, /* the column where what is said beside a call begins */
	BEHIND = 7, /* the column where a call goes on that takes more than a row */
};

void report_mark(const struct shell *shell, enum call_end end, struct text *ret)
{
	static const struct { const char *utf8, *ascii; enum paint color; } marks[] = {
		[CALL_TO_COME] = { "→", "->", PAINT_DIM }, [CALL_DONE] = { "✓", "+", PAINT_BOLD },
		[CALL_PASSED_OVER] = { "·", "-", PAINT_DIM }, [CALL_FAILED] = { "✗", "x", PAINT_ERROR },
	};

	text_add(ret, " ");
	paint(ret, shell->screen.color, marks[end].color,
	      shell->screen.utf8 ? marks[end].utf8 : marks[end].ascii);
	text_add(ret, " ");
}

enum call_end call_end(const struct plan *plan, size_t i, const struct op_outcome *outcome)
{
	if (!outcome)
		return CALL_TO_COME;
	if (!plan_passes(&plan->ops[i], outcome))
		return CALL_FAILED;
	return outcome->code ? CALL_PASSED_OVER : CALL_DONE;
}

bool call_is_told(const struct plan *plan, size_t i, const struct op_outcome *outcome)
{
	bool books = op_info(plan->ops[i].op.kind)->part == PART_BOOKS;

	return !books || i + 1 == plan->count || (outcome && outcome->code);
}

bool is_brief(const struct shell *shell)
{
	return shell->shows && !shell->json && shell->show != SHOW_FULL && strcmp(shell->shows, "all") != 0;
}

bool starts_only(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->ops[i].stage == STAGE_ROOT)
			return false;
	return plan->program != PROGRAM_NONE;
}

bool are_some_asked_for(const struct shell *shell)
{
	return is_brief(shell) && shell->shows[0];
}

bool is_asked_for(const struct shell *shell, const struct plan *plan, size_t i, const struct op_outcome *outcome)
{
	const char *name = op_info(plan->ops[i].op.kind)->name;
	size_t length = strlen(name);

	if (!are_some_asked_for(shell) || (outcome && call_end(plan, i, outcome) == CALL_FAILED))
		return true;
	for (const char *s = shell->shows; *s; s += strcspn(s, " "), s += strspn(s, " "))
		if (strcspn(s, " ") == length && strncmp(s, name, length) == 0)
			return true;
	return false;
}

bool has_failed(const struct step *step)
{
	size_t last = step->done - 1;
	struct op_outcome room;

	return step->done && call_end(&step->plan, last, step_outcome(step, last, &room)) == CALL_FAILED;
}

/* What belongs to the whole plan, beside its last call: the manual page, and what does the same. */
static void add_hint(const struct shell *shell, const struct plan *plan, size_t used,
		     struct text *ret)
{
	cleanup_text struct text hint = { 0 };

	text_addf(&hint, _("%s, "), plan_man(plan));
	plan_same_as(plan, &hint);
	size_t columns = text_columns(text_of(&hint));
	if (used + 2 + columns <= shell->screen.columns) {
		text_pad(ret, used < ASIDE && ASIDE + columns <= shell->screen.columns ?
				      ASIDE - used : 2);
	} else {
		text_add(ret, "\n");
		text_pad(ret, 5);
	}
	if (shell->screen.terminal && columns + 5 > shell->screen.columns) {
		cleanup_text struct text filled = { 0 };
		fill(&filled, text_of(&hint), 5, shell->screen.columns);
		filled.s[filled.len - 1] = '\0';
		paint(ret, shell->screen.color, PAINT_DIM, filled.s);
		return;
	}
	paint(ret, shell->screen.color, PAINT_DIM, text_of(&hint));
}

/* How many bytes of a call in C there are up to the end of an argument, with the blank behind it. */
static size_t argument_length(const char *call)
{
	bool quoted = false;

	for (size_t i = 0; call[i]; i++) {
		if (quoted && call[i] == '\\' && call[i + 1])
			i++;
		else if (call[i] == '"')
			quoted = !quoted;
		else if (!quoted && (call[i] == ',' || call[i] == ';') && call[i + 1] == ' ')
			return i + 2;
		else if (!quoted && call[i] == '|' && call[i + 1] != '|' && i)
			return i + 1;
	}
	return strlen(call);
}

static size_t begin_row(struct text *ret)
{
	while (ret->len && ret->s[ret->len - 1] == ' ')
		ret->len--;
	text_add(ret, "\n");
	text_pad(ret, BEHIND);
	return BEHIND;
}

/* How many columns the name at s has, up to what parts the names of a path or of a list of options. */
static size_t name_columns(const char *s)
{
	size_t ret = 0;

	for (size_t length = strcspn(s, "/,:= \""); length > 0; length--, s++)
		ret += ((unsigned char)*s & 0xc0) != 0x80;
	return ret;
}

/* One that no row has room for: a string goes on in another, which C puts together. A name is not broken, unless it
 * is wider than a row. */
static size_t split_argument(const char *s, size_t length, size_t column, size_t width, struct text *ret)
{
	bool quoted = false;

	for (size_t i = 0, step; i < length; i += step) {
		size_t name = i && strchr("/,:= ", s[i - 1]) ? name_columns(s + i) : 0;
		bool whole = name && BEHIND + name + 2 <= width;
		step = quoted && s[i] == '\\' && i + 1 < length ? 2 : 1;
		while (i + step < length && ((unsigned char)s[i + step] & 0xc0) == 0x80)
			step++;
		if (column + (whole ? name + 1 : step) + quoted > width && column > BEHIND + 1) {
			text_add(ret, quoted ? "\"" : "");
			column = begin_row(ret);
			text_add(ret, quoted ? "\"" : "");
			column += quoted;
		}
		quoted = quoted != (s[i] == '"');
		text_addn(ret, s + i, step);
		column += step;
	}
	return column;
}

/* Append a call, broken between its arguments where it is wider than the screen. Returns the column behind it. */
static size_t fold_call(const char *call, size_t column, size_t width, struct text *ret)
{
	if (column + text_columns(call) <= width) {
		text_add(ret, call);
		return column + text_columns(call);
	}
	for (size_t length; *call; call += length) {
		length = argument_length(call);
		cleanup_free char *one = text_copyn(call, length);
		size_t wide = text_columns(one), blank = one[length - 1] == ' ';
		if (column > BEHIND && column + wide - blank > width && BEHIND + wide - blank <= width)
			column = begin_row(ret);
		if (column + wide - blank > width) {
			column = split_argument(call, length, column, width, ret);
			continue;
		}
		text_add(ret, one);
		column += wide;
	}
	return column;
}

void report_call(const struct shell *shell, const struct plan *plan, size_t i,
		 const struct op_outcome *outcome, int pid, struct text *ret)
{
	cleanup_text struct text call = { 0 };
	size_t start = ret->len;

	if (!call_is_told(plan, i, outcome) || !is_asked_for(shell, plan, i, outcome))
		return;
	report_mark(shell, call_end(plan, i, outcome), ret);
	op_say(&plan->ops[i].op, outcome && outcome->pid ? outcome->pid : pid, &call);
	if (outcome && outcome->code)
		text_addf(&call, " = %s", errno_name(outcome->code));
	else if (outcome && outcome->value > 0)
		text_addf(&call, " = %lld", (long long)outcome->value);
	/* Where no screen breaks it, a call is one row, for programs that look for it. */
	size_t used = fold_call(text_of(&call), text_columns(ret->s + start),
				shell->screen.terminal ? shell->screen.columns : SIZE_MAX, ret);
	if (i + 1 == plan->count)
		add_hint(shell, plan, used, ret);
	text_add(ret, "\n");
	/* What was found out about a failure is its cause. */
	if (outcome && outcome->detail[0] && !(shell->riddle && outcome->code)) {
		cleanup_text struct text detail = { 0 };
		message_printed(outcome->detail, &detail);
		text_pad(ret, 5);
		fill(ret, text_of(&detail), 5, shell->screen.columns);
	}
}

void report_calls(const struct shell *shell, const struct plan *plan,
		  const struct op_outcome *outcomes, size_t from, size_t to, int pid,
		  struct text *ret)
{
	for (size_t i = from; i < to; i++)
		report_call(shell, plan, i, outcomes ? &outcomes[i] : NULL, pid, ret);
}

void report_like(const struct shell *shell, const struct plan *plan, struct text *ret)
{
	const struct rebuilt *like = plan->like;
	cleanup_text struct text text = { 0 };

	if (!like)
		return;
	text_sayf(&text, "Built like process %d (%s); by its options alone:", like->pid, vis(like->comm));
	text_addf(&text, " %s", like->line);
	text_pad(ret, 3);
	fill(ret, text_of(&text), 3, shell->screen.columns);
	for (size_t i = 0; i < like->lost_count; i++) {
		text_clear(&text);
		text_sayf(&text, "not rebuilt: %s: %s", like->lost[i].wall, like->lost[i].why);
		text_pad(ret, 3);
		fill(ret, text_of(&text), 3, shell->screen.columns);
	}
}
