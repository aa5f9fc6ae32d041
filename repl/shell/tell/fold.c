#include "shell/tell/fold.h"

#include <string.h>

#include "base/message.h"
#include "base/show/cut.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "base/text.h"
#include "ops/same.h"
#include "shell/shell.h"
#include "shell/tell/calls.h"
#include "shell/tell/stands.h"

enum {
	UNFOLDED = 8,    /* so many calls are told one by one */
	STAGE_COLUMN = 25, /* where what stands begins */
};

bool is_folded(const struct shell *shell, const struct plan *plan)
{
	return plan->count > UNFOLDED && shell->show != SHOW_FULL;
}

bool folds_from(const struct shell *shell, const struct step *step, size_t from)
{
	return is_folded(shell, &step->plan) && (from == 0 || step->done > from + UNFOLDED);
}

/* One stage of a step: its calls, wherever in the plan they are. */
struct folded {
	size_t calls, made, failed; /* failed: the number of the call that did, after the last for none */
	size_t first;
};

static struct folded fold(const struct step *step, size_t from, enum stage_id stage)
{
	const struct plan *plan = &step->plan;
	struct folded ret = { .failed = plan->count, .first = plan->count };
	struct op_outcome room;

	for (size_t i = from; i < plan->count; i++) {
		const struct op_outcome *outcome = step_outcome(step, i, &room);
		if (plan->ops[i].stage != stage || !call_is_told(plan, i, outcome))
			continue;
		if (!ret.calls++)
			ret.first = i;
		if (!outcome)
			continue;
		ret.made++;
		if (call_end(plan, i, outcome) == CALL_FAILED)
			ret.failed = i;
	}
	return ret;
}

/* The call that failed, between the ones before and after it. */
static void unfold(const struct shell *shell, const struct step *step, size_t failed,
		   struct text *ret)
{
	size_t end = failed + 2 < step->plan.count ? failed + 2 : step->plan.count;
	struct op_outcome room;

	for (size_t i = failed ? failed - 1 : 0; i < end; i++) {
		text_pad(ret, 2);
		report_call(shell, &step->plan, i, step_outcome(step, i, &room), step->pid, ret);
	}
}

/* A call that failed and was passed over leaves out what it was to make: that is told also where the
 * calls are folded. That a thing was there already is nothing of the kind. */
static void report_left_out(const struct shell *shell, const struct step *step, size_t from,
			    enum stage_id stage, struct text *ret)
{
	struct op_outcome room;

	for (size_t i = from; i < step->done && i < step->plan.count; i++) {
		const struct planned *planned = &step->plan.ops[i];
		const struct op_outcome *outcome = step_outcome(step, i, &room);
		if (planned->stage != stage || !(planned->flags & PLAN_MAY_FAIL) ||
		    call_end(&step->plan, i, outcome) != CALL_PASSED_OVER)
			continue;
		text_pad(ret, 2);
		report_call(shell, &step->plan, i, outcome, step->pid, ret);
	}
}

static void report_stage(const struct shell *shell, const struct step *step, enum stage_id stage,
			 const struct folded *folded, struct text *ret)
{
	bool failed = folded->failed < step->plan.count;
	cleanup_text struct text stands = { 0 };
	size_t start = ret->len;

	report_mark(shell, failed ? CALL_FAILED : folded->made ? CALL_DONE : CALL_TO_COME, ret);
	size_t used = text_columns(ret->s + start);
	text_addf(ret, message_of(folded->calls, "%-11s%3zu call ", "%-11s%3zu calls"), stages[stage].name,
		  folded->calls);
	used = text_columns(ret->s + start);
	if (failed)
		text_sayf(&stands, "%zu of them made", folded->made - 1);
	else
		stage_stands(shell, step, stage, &stands);
	if (stands.len) {
		/* Characters that are two columns wide may reach beyond the column. */
		size_t column = used < STAGE_COLUMN - 1 ? STAGE_COLUMN : used + 2;
		text_pad(ret, column - used);
		text_add_cut(ret, stands.s, shell->screen.columns - column, shell->screen.utf8);
	}
	text_add(ret, "\n");
	if (failed)
		unfold(shell, step, folded->failed, ret);
}

void report_run(const struct shell *shell, const struct step *step, size_t from, struct text *ret)
{
	enum stage_id stage = step->plan.ops[from].stage;
	struct folded folded = { .first = from, .failed = step->plan.count };

	while (from + folded.calls < step->plan.count && step->plan.ops[from + folded.calls].stage == stage)
		folded.calls++;
	folded.made = folded.calls;
	report_stage(shell, step, stage, &folded, ret);
}

static size_t count_told(const struct step *step)
{
	struct op_outcome room;
	size_t told = 0;

	for (size_t i = 0; i < step->plan.count; i++)
		told += call_is_told(&step->plan, i, step_outcome(step, i, &room));
	return told;
}

/* How many calls there are, and what does the same. A line of docker's is long: then its beginning, and
 * the word that tells all of it. */
static void report_count(const struct shell *shell, const struct step *step, struct text *ret)
{
	cleanup_text struct text hint = { 0 }, same = { 0 }, filled = { 0 };
	size_t told = count_told(step), width = shell->screen.columns;

	text_addf(&same, _("%s, "), plan_man(&step->plan));
	plan_same_as(&step->plan, &same);
	text_sayf(&hint, "calls lists the %zu calls; %s", told, text_of(&same));
	fill(&filled, text_of(&hint), 3, width);
	if (filled.len > 2 * width) {
		text_clear(&filled);
		text_sayf(&filled, "calls lists the %zu calls, and all of this line:\n   ", told);
		text_add_cut(&filled, text_of(&same), width - 4, shell->screen.utf8);
		text_add(&filled, "\n");
	}
	text_pad(ret, 3);
	filled.s[filled.len - 1] = '\0';
	paint(ret, shell->screen.color, PAINT_DIM, filled.s);
	text_add(ret, "\n");
}

/* All stages at once: how many calls they took, and their names. */
static void report_all(const struct shell *shell, const struct step *step, struct text *ret)
{
	cleanup_text struct text names = { 0 }, line = { 0 };
	bool seen[STAGES] = { false };
	size_t told = count_told(step);

	for (size_t i = 0; i < step->plan.count; i++) {
		enum stage_id stage = step->plan.ops[i].stage;
		if (stage != STAGE_NONE && !seen[stage])
			text_addf(&names, " %s", stages[stage].name);
		seen[stage] = true;
	}
	text_sayf(&line, "%zu calls (calls lists them):%s", told, text_of(&names));
	report_mark(shell, CALL_DONE, ret);
	fill(ret, text_of(&line), 3, shell->screen.columns);
}

void report_stages(const struct shell *shell, const struct step *step, size_t from, struct text *ret)
{
	struct folded folded[STAGES];
	bool failed = false;

	if (is_brief(shell) && !has_failed(step)) {
		report_all(shell, step, ret);
		return;
	}
	for (enum stage_id stage = STAGE_LIMITS; stage < STAGES; stage++)
		folded[stage] = fold(step, from, stage);
	/* In the order in which they begin; the table's is that of a container. */
	for (size_t i = from; i < step->plan.count; i++) {
		enum stage_id stage = step->plan.ops[i].stage;
		bool reached = folded[stage].made || step->done == step->plan.count ||
			       step->plan.ops[step->done].stage == stage;
		if (folded[stage].first != i || (!reached && !step->ok))
			continue;
		report_stage(shell, step, stage, &folded[stage], ret);
		report_left_out(shell, step, from, stage, ret);
		failed = failed || folded[stage].failed < step->plan.count;
	}
	if (!failed)
		report_count(shell, step, ret);
}
