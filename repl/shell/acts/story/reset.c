/* reset: the beginning. */
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "shell/shell.h"
#include "shell/acts/story/story.h"
#include "words/language/command.h"

/* What nothing brings back: the steps, also those that redo still could. */
static void name_steps(const struct session *session, struct text *ret)
{
	size_t total = session->total;
	cleanup_text struct text line = { 0 };

	if (!total)
		return;
	text_addf(ret, message_of(total, "%zu step: ", "%zu steps, the last: "), total);
	step_line(session, session->steps[total - 1], &line);
	text_add_prose(ret, text_of(&line), line.len);
	text_add(ret, "\n");
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	cleanup_text struct text steps = { 0 }, lost = { 0 };

	(void)words;
	if (!shell->in_lesson)
		name_steps(&shell->session, &steps);
	if (session_reset(&shell->session, steps.s, &lost, err) < 0)
		return story_failed(shell, &lost, ret);
	story_tell(shell, &lost, ret);
	return 0;
}

const struct command command_reset = {
	.name = "reset", .kind = ACTS, .group = GROUP_STORY, .act = act, .moves_story = true,
	.summary = "end the child and forget all steps",
	.explain = "Ends the child with everything in it, takes back what was made on the host, "
		"and starts with a fresh child. Unlike undo it leaves nothing to redo; save the "
		"steps first if you want them back. The prompt asks before steps are lost; a "
		"script and stave --yes go ahead.",
	.example = "unshare uts\nreset\nsteps",
};
