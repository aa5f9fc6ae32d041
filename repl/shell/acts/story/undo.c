/* undo: back in the story. */
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "N", WORD_NUMBER, .optional = true, .means = "how many steps; 1 when it is missing" },
	{ 0 }
};

const struct command command_undo = {
	.name = "undo", .kind = ACTS, .group = GROUP_STORY, .act = ACT_UNDO, .args = args,
	.summary = "take back the last step",
	.explain =
		"Nothing can leave a namespace that it has unshared: the kernel has no call for it. So "
		"undo ends the child, takes back what was made on the host (newest first), starts a "
		"fresh child and performs the steps before the undone one again. You get the same "
		"walls in a process with another number.\n\n"
		"Files that programs of the child wrote on the host's own file systems stay as they "
		"are. What cannot be restored is listed.",
	.example = "unshare uts\nhostname box\nundo\nns",
};
