/* version: of this program. */
#include "base/text.h"
#include "shell/shell.h"
#include "words/language/command.h"

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	(void)shell, (void)words;
	text_add(&result->output, "stave " STAVE_VERSION "\n");
	return 0;
}

const struct command command_version = {
	.name = "version", .kind = ACTS, .group = GROUP_STORY, .act = act, .tells = true,
	.summary = "the version of this program",
	.explain = "Prints the program's name and version, as stave --version does.",
	.example = "version",
};
