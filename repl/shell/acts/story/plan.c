/* plan: what a command would do. */
#include "base/text.h"
#include "shell/build.h"
#include "shell/shell.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "CMD", WORD_COMMAND, .many = true, .means = "a command with its arguments" },
	{ 0 }
};

/* The plan of the command that follows; result_tell() shows it. */
static int act(struct shell *shell, const struct words *words, struct result *result)
{
	cleanup_arena struct arena arena = { 0 };
	const struct command *command = command_find(&words->args[0], &result->error);
	struct words inner;

	if (!command || command_accept(command, words->args, words->count, &arena, &inner,
				      &result->error) < 0)
		return -1;
	bool acts = command->kind == ACTS || command_acts(command, &inner);
	if (acts || command->kind != BUILDS || (command->only_looks && command->only_looks(&inner))) {
		text_sayf(&result->output, acts ?
			  "%s makes no calls on the child: it is a word of the shell\n" :
			  "%s makes no calls on the child: it only looks\n", command->name);
		return 0;
	}
	return plan_build(shell, command, &inner, &result->plan, &result->error);
}

const struct command command_plan = {
	.name = "plan", .kind = ACTS, .group = GROUP_STORY, .act = act, .tells = true, .args = args,
	.summary = "show the system calls of a command, and make none of them",
	.explain = "A command is compiled to a list of system calls before any of them is made. "
		"plan shows that list and stops. PID stands for the number that the child will "
		"have.\n\n"
		"stave -n does this with every command of a script.",
	.example = "plan unshare mnt\nplan unshare uts pid",
};
