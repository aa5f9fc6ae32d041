/* source: the commands of a file. */
#include "base/error.h"
#include "base/text.h"
#include "shell/shell.h"
#include "shell/lines/source.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "FILE", WORD_HOST_PATH, .means = "a script on the host; - for standard input" },
	{ 0 }
};
static const char *const aliases[] = { ".", NULL };

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	const char *path = words_arg(words, 0);
	struct error *err = &result->error;
	int ret = script_run_file(shell, path, err);

	if (ret < 0)
		err->column = words->args[0].column;
	if (ret > 0) {
		fail_id(err, ERR_SCRIPT_FAILED, 0, "source %s: stopped at a command that failed", vis(path));
		result->failure_told = true;
	}
	return ret ? -1 : 0;
}

const struct command command_source = {
	.name = "source", .aliases = aliases, .kind = ACTS, .group = GROUP_STORY,
	.act = act, .reach = REACH_HOST, .args = args,
	.summary = "run the commands of a file",
	.explain = "Runs the lines of FILE as if you had typed them: one or more commands a line, "
		"separated by \";\"; \"#\" begins a comment. It stops at the first command that "
		"fails, unless set keep-going is on.",
	.example = "unshare uts\nsave /tmp/box.stave\nreset\nsource /tmp/box.stave",
};
