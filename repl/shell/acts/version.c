/* version: of this program. */
#include "words/language/command.h"

const struct command command_version = {
	.name = "version", .kind = ACTS, .group = GROUP_STORY, .act = ACT_VERSION,
	.summary = "the version of this program",
	.explain = "Prints the program's name and version, as stave --version does.",
	.example = "version",
};
