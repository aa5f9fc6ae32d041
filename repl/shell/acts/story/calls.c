/* calls: a step unfolded, call by call. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/shell.h"
#include "shell/tell/calls.h"
#include "shell/tell/report.h"
#include "words/language/command.h"

static const struct choice names[] = {
	{ "limits" }, { "namespaces" }, { "root" }, { "filled" }, { "pivot" }, { "hidden" }, { "name" },
	{ "network" }, { "privilege" }, { "program" }, { 0 }
};

static const struct arg_spec args[] = {
	{ "N", WORD_TEXT, .optional = true, .choices = names, .means = "the number of a step, as steps has it; without one, the last line that made calls" },
	{ "STAGE", WORD_CHOICE, .optional = true, .choices = names, .means = "the calls of this stage alone" },
	{ 0 }
};

/* The step of a number, or the last one, also where it is no part of the story. NULL with err. */
static const struct step *find(const struct session *session, const struct words *words, uint64_t number,
			       struct error *err)
{
	size_t count = session->count;

	if (!number && (session->loose || count))
		return session->loose ? session->loose : session->steps[count - 1];
	if (number && number <= count)
		return session->steps[number - 1];
	if (!number)
		fail_id(err, ERR_STORY_END, 0, "calls: no line has made a call yet");
	else
		fail_arg(err, ERR_STORY_END, words, 0, "there is no step %llu", (unsigned long long)number);
	fail_fix(err, count ? "steps lists the steps" :
			      "plan shows the calls of a command before they are made");
	return NULL;
}

static void tell(const struct shell *shell, const struct step *step, enum stage_id stage, struct text *ret)
{
	struct op_outcome room;
	size_t told = 0;
	cleanup_text struct text line = { 0 };

	step_line(&shell->session, step, &line);
	text_add(ret, " ");
	text_add_prose(ret, text_of(&line), line.len);
	text_add(ret, "\n");
	for (size_t i = 0; i < step->plan.count; i++) {
		if (stage && step->plan.ops[i].stage != stage)
			continue;
		report_call(shell, &step->plan, i, step_outcome(step, i, &room), step->pid, ret);
		told++;
	}
	if (!told)
		text_sayf(ret, "   no call of this step belongs to %s\n", stages[stage].name);
	if (!stage)
		report_meaning(shell, &step->plan, true, ret);
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	const char *first = words_arg(words, 0), *second = words_arg(words, 1);
	enum stage_id stage = first ? stage_find(second ? second : first) : STAGE_NONE;
	uint64_t number = 0;

	if (first && (second || !stage) && (!parse_number(first, &number) || !number)) {
		fail_arg(&result->error, ERR_ARGUMENT_INVALID, words, 0, "neither a step nor a stage: %s",
			 vis(first));
		return fail_fix(&result->error, "calls, calls 2, calls privilege, calls 2 privilege");
	}
	const struct step *step = find(&shell->session, words, number, &result->error);
	if (!step)
		return -1;
	tell(shell, step, stage, &result->output);
	return 0;
}

const struct command command_calls = {
	.name = "calls", .kind = ACTS, .group = GROUP_STORY, .act = act, .tells = true, .late = true, .args = args,
	.summary = "the system calls of the last step, or of step N",
	.explain = "A step of more than eight calls is shown as one line for each stage. calls "
		"unfolds it: every call with its arguments and how it ended. With a STAGE it lists "
		"the calls of that stage alone. A line that failed, a container that has ended and "
		"a program that was run are the last step too, until the next one.\n\nset show "
		"full prints all calls at once; plan shows them before they are made.",
	.example = "unshare uts\ncalls\ncalls 1 namespaces",
};
