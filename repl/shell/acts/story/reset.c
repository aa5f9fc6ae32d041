/* reset: the beginning. */
#include "base/text.h"
#include "shell/shell.h"
#include "shell/acts/story/story.h"
#include "words/language/command.h"

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	cleanup_text struct text lost = { 0 };

	(void)words;
	if (session_reset(&shell->session, &lost, err) < 0)
		return -1;
	story_tell(shell, &lost, ret);
	return 0;
}

const struct command command_reset = {
	.name = "reset", .kind = ACTS, .group = GROUP_STORY, .act = act, .moves_story = true,
	.summary = "end the child and forget all steps",
	.explain = "Ends the child with everything in it, takes back what was made on the host, "
		"and starts with a fresh child. Unlike undo it leaves nothing to redo; save the "
		"steps first if you want them back.",
	.example = "unshare uts\nreset\nsteps",
};
