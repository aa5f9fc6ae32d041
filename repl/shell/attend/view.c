#include "shell/attend/view.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/fill.h"
#include "session/session.h"
#include "shell/script.h"
#include "shell/shell.h"
#include "shell/attend/following.h"
#include "shell/attend/meter.h"
#include "shell/attend/storage.h"
#include "shell/attend/tracing.h"
#include "shell/attend/relay/relay.h"
#include "shell/tell/calls.h"
#include "shell/tell/report.h"
#include "shell/terminal/ask.h"

static bool is_silent(const struct shell *shell)
{
	return shell->quiet || shell->json;
}

int view_ask(struct shell *shell, const char *question, struct error *err)
{
	cleanup_text struct text text = { 0 };

	if (shell->json || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		fail_id(err, ERR_REFUSED, 0, "%s", question);
		fail_why(err, "no terminal to ask for confirmation on");
		return fail_fix(err, "--force does it without asking");
	}
	text_sayf(&text, "   %s Go on? [y/N] ", question);
	shell_write(shell, &text);
	return ask_yes() ? 0 : fail_id(err, ERR_REFUSED, 0, "nothing was done");
}

bool view_consents(void *context, const char *losses, enum loss loss)
{
	static const char *const takes[] = {
		[LOSS_BY_FAILURE] = N_("A call failed. Taking back those before it needs a fresh "
				       "child, which performs the earlier steps again."),
		[LOSS_BY_UNDO] = N_("Taking this back needs a fresh child, which performs the earlier "
				    "steps again."),
		[LOSS_BY_RESET] = N_("Everything starts again with a fresh child."),
		[LOSS_BY_END] = N_("The child ends, and its programs with it."),
		[LOSS_BY_CUT] = N_("Containers are connected to the bridge that goes."),
	};
	struct shell *shell = context;
	cleanup_text struct text text = { 0 };

	if (shell->yes)
		return true;
	/* What a lesson's own lines lose it makes again. */
	if (!shell->interactive || shell->json || shell->muted || shell->in_lesson ||
	    (shell->script && shell->script->name))
		return loss != LOSS_BY_FAILURE;
	text_pad(&text, 3);
	fill(&text, _(takes[loss]), 3, shell->screen.columns);
	text_say(&text, "   What is lost:\n");
	for (const char *s = losses; *s;) {
		size_t length = strcspn(s, "\n");
		text_addf(&text, "     %.*s\n", (int)length, s);
		s += length + (s[length] == '\n');
	}
	text_say(&text, "   Go on? [y/N] ");
	shell_write(shell, &text);
	return ask_yes();
}

static bool before_op(void *context, const struct step *step, size_t i)
{
	return stepping_before(context, step, i);
}

static void after_op(void *context, const struct step *step, size_t i)
{
	stepping_after(context, step, i);
}

static void on_ready(void *context, const struct step *step)
{
	struct watching *watching = context;
	struct shell *shell = watching->shell;
	struct result *result = watching->result;
	cleanup_text struct text text = { 0 };

	storage_hold(watching, step, step->pid);
	if (is_silent(shell))
		return;
	report_ready(shell, step, result->ops_told, &text);
	if (step->plan.changes)
		report_step_changes(shell, step, &text);
	result->ops_told = step->plan.count;
	result->meaning_told = result->changes_told = true;
	shell_write(shell, &text);
}

static int start(void *context, const struct step *step, const struct op *op, const struct program *program, pid_t *pid,
		 struct error *err)
{
	return tracing_start(context, step, op, program, pid, err);
}

static int attend_to(struct watching *watching, const struct step *step, struct program *program, struct text *output, struct error *err)
{
	enum plan_program how = step->plan.program;

	if (step->plan.traced)
		return tracing_attend(watching, step, program, output, err);
	if (step->plan.follows)
		return following_attend(watching->shell, step, program, watching->result, output, err);
	if (how == PROGRAM_METER)
		return meter_attend(watching->shell, &step->plan.ops[step->done - 1].op, program,
				    output, err);
	return relay_attend(watching->shell, program, how, !step->plan.untyped, output, err);
}

static int attend(void *context, const struct step *step, struct program *program,
		  struct text *output, struct error *err)
{
	struct watching *watching = context;

	text_clear(&watching->shell->printed);
	if (watching->root < 0)
		storage_hold(watching, step, program->pid);
	int ret = attend_to(watching, step, program, output, err);
	storage_look(watching, step);
	return ret;
}

void view_make(struct watching *watching, bool pause, struct view *ret)
{
	*ret = (struct view){
		.context = watching,
		.pause = pause,
		.before = pause ? before_op : NULL,
		.after = pause ? after_op : NULL,
		.ready = on_ready,
		.start = start,
		.attend = attend,
	};
}
