/* save: the steps as a script. */
#include "base/text.h"
#include "shell/shell.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "FILE", WORD_HOST_PATH, .means = "where to; a file that is there is replaced" },
	{ 0 }
};

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;

	if (shell->dry_run) {
		text_addf(ret, "the steps would be written to %s\n", vis(words_arg(words, 0)));
		return 0;
	}
	if (session_save(&shell->session, words_arg(words, 0), err) < 0)
		return -1;
	text_addf(ret, "%zu step%s saved; source %s does them again\n", shell->session.count,
		  shell->session.count == 1 ? "" : "s", vis(words_arg(words, 0)));
	return 0;
}

const struct command command_save = {
	.name = "save", .kind = ACTS, .group = GROUP_STORY, .act = act, .reach = REACH_HOST, .args = args,
	.summary = "write the steps that stand to a file of the host",
	.explain =
		"The file holds the lines as they were typed, and source FILE (or stave FILE) does "
		"them again. It is written beside the old one and put in its place when it is "
		"complete, so that a crash leaves the one or the other.",
	.example = "unshare uts\nhostname box\nsave /tmp/box.stave",
};
