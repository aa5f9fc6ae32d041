/* steps: the story so far. */
#include <string.h>

#include "base/text.h"
#include "base/show/paint.h"
#include "shell/shell.h"
#include "words/language/command.h"

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	const struct session *session = &shell->session;
	bool color = shell->screen.color;

	(void)words;
	if (!session->total)
		text_say(ret, "no steps yet\n");
	for (size_t i = 0; i < session->total; i++) {
		cleanup_text struct text line = { 0 };
		const struct step *step = session->steps[i];
		text_addf(&line, "%4zu  ", i + 1);
		cleanup_text struct text typed = { 0 };
		step_line(session, step, &typed);
		text_add_prose(&line, text_of(&typed), typed.len);
		if (step->incomplete)
			text_say(&line, "   (incomplete: a call failed)");
		if (i < session->count) {
			text_add(ret, text_of(&line));
		} else {
			text_say(&line, "   (undone)");
			paint(ret, color, PAINT_DIM, text_of(&line));
		}
		text_add(ret, "\n");
	}
	return 0;
}

const struct command command_steps = {
	.name = "steps", .kind = ACTS, .group = GROUP_STORY, .act = act, .tells = true,
	.summary = "the steps so far, and those that redo can bring back",
	.explain = "Every line that changed the child is a step. The steps in force are numbered "
		"from the first; below them are those that undo has taken back, until a new step "
		"takes their place.\n\n"
		"Lines that only look or run a program change no wall and are not steps.",
	.example = "unshare uts\nhostname box\nundo\nsteps",
};
