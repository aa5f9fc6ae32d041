/* quit: leave. */
#include "shell/shell.h"
#include "words/language/command.h"

static const char *const aliases[] = { "exit", NULL };

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	(void)words, (void)result;
	shell->leaving = true;
	return 0;
}

const struct command command_quit = {
	.name = "quit", .aliases = aliases, .kind = ACTS, .group = GROUP_STORY, .act = act, .reach = REACH_SHELL,
	.summary = "leave; the child ends and the host is as it was",
	.explain =
		"Ends the child and everything that runs in it, and takes back what was made on the "
		"host: cgroups, folders for writable layers, network ends. Ctrl-D at the prompt does "
		"the same, and so does the end of a script.",
	.example = "quit",
};
