#include "shell/attend/stepping.h"

#include <unistd.h>

#include "base/message.h"
#include "base/show/fill.h"
#include "base/text.h"
#include "session/session.h"
#include "shell/shell.h"
#include "shell/tell/calls.h"
#include "shell/tell/fold.h"
#include "shell/terminal/ask.h"

/* Whether call i is the first of its stage, which may come more than once. */
static bool begins(const struct step *step, size_t i)
{
	return i == 0 || step->plan.ops[i].stage != step->plan.ops[i - 1].stage;
}

/* The number of the call behind the stage that call i belongs to. */
static size_t end_of(const struct step *step, size_t i)
{
	enum stage_id stage = step->plan.ops[i].stage;

	while (i < step->plan.count && step->plan.ops[i].stage == stage)
		i++;
	return i;
}

/* What the stage is for. The one sentence is told once. */
static void tell_stage(const struct shell *shell, const struct step *step, size_t i, struct text *ret)
{
	const struct stage_row *row = &stages[step->plan.ops[i].stage];
	size_t count = end_of(step, i) - i;
	bool again = false;

	for (size_t before = 0; before < i; before++)
		again = again || step->plan.ops[before].stage == step->plan.ops[i].stage;
	text_addf(ret, message_of(count, " %s%s, %zu call\n", " %s%s, %zu calls\n"), row->name,
		  again ? _(" once more") : "", count);
	if (again)
		return;
	text_pad(ret, 3);
	fill(ret, _(row->why), 3, shell->screen.columns);
}

static void tell_call(const struct shell *shell, const struct step *step, size_t i, struct text *ret)
{
	cleanup_text struct text does = { 0 };

	report_call(shell, &step->plan, i, NULL, step->pid, ret);
	text_add(ret, "     To ");
	op_does(&step->plan.ops[i].op, &does);
	fill(ret, text_of(&does), 5, shell->screen.columns);
}

/* Enter, s, c, or q, Ctrl-C and the end of standard input: false. */
static bool asked(struct watching *watching)
{
	switch (ask_line()) {
	case -1: case 'q': case 'Q':
		return false;
	case 'c': case 'C':
		watching->pace = PACE_END;
		return true;
	case 's': case 'S':
		watching->pace = PACE_CALL;
		return true;
	default:
		return true;
	}
}

static bool ask_stage(struct watching *watching, const struct step *step, size_t i)
{
	cleanup_text struct text text = { 0 };

	tell_stage(watching->shell, step, i, &text);
	text_say(&text, "   Enter: make them  s: call by call  c: to the end  q: stop here ");
	shell_write(watching->shell, &text);
	return asked(watching);
}

static bool ask_call(struct watching *watching, const struct step *step, size_t i)
{
	cleanup_text struct text text = { 0 };

	tell_call(watching->shell, step, i, &text);
	text_say(&text, "   Enter: make this call  c: to the end  q: stop here ");
	shell_write(watching->shell, &text);
	return asked(watching);
}

bool stepping_before(struct watching *watching, const struct step *step, size_t i)
{
	struct shell *shell = watching->shell;
	bool go_on = true;

	if (shell->json || !isatty(STDIN_FILENO) || watching->pace == PACE_END)
		return true;
	if (begins(step, i)) {
		watching->pace = PACE_STAGE;
		go_on = ask_stage(watching, step, i);
	}
	if (go_on && watching->pace == PACE_CALL)
		go_on = ask_call(watching, step, i);
	if (!go_on)
		watching->result->not_made = step->plan.count - i;
	return go_on;
}

void stepping_after(struct watching *watching, const struct step *step, size_t i)
{
	struct shell *shell = watching->shell;
	cleanup_text struct text text = { 0 };
	size_t from = watching->result->ops_told, end = end_of(step, i);
	struct op_outcome room;
	const struct op_outcome *outcome = step_outcome(step, i, &room);
	bool failed = call_end(&step->plan, i, outcome) == CALL_FAILED;

	if (shell->json || i < from || watching->pace == PACE_END || failed)
		return;
	if (watching->pace == PACE_CALL)
		report_call(shell, &step->plan, i, outcome, step->pid, &text);
	else if (i + 1 == end)
		report_run(shell, step, from, &text);
	else
		return;
	watching->result->ops_told = i + 1;
	shell_write(shell, &text);
}
