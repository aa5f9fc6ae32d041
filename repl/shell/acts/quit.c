/* quit: leave. */
#include "shell/shell.h"
#include "shell/tell/jobs.h"
#include "words/language/command.h"

static const char *const aliases[] = { "exit", NULL };

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	(void)words;
	shell->parting = jobs_tell_parting(shell, &result->output);
	shell->leaving = !shell->parting;
	return 0;
}

const struct command command_quit = {
	.name = "quit", .aliases = aliases, .kind = ACTS, .group = GROUP_STORY, .act = act, .reach = REACH_SHELL,
	.summary = "leave; the child ends and the host is unchanged",
	.explain =
		"Ends the child and everything that runs in it, and takes back what was made on the "
		"host: cgroups, folders for writable layers, network ends. Ctrl-D at the prompt does "
		"the same, and so does the end of a script. At the prompt it first names the jobs that "
		"are stopped; typed again, it leaves.",
	.example = "quit",
};
