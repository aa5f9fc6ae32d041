/* reset: the beginning. */
#include "words/language/command.h"

const struct command command_reset = {
	.name = "reset", .kind = ACTS, .group = GROUP_STORY, .act = ACT_RESET,
	.summary = "end the child and forget all steps",
	.explain =
		"Ends the child with everything in it, takes back what was made on the host and "
		"begins anew. Unlike undo it leaves nothing to redo; save the steps first if you "
		"want them back.",
	.example = "unshare uts\nreset\nsteps",
};
