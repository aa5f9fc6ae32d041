/* progress: how far one is. */
#include <string.h>

#include "base/text.h"
#include "lesson/play/progress.h"
#include "shell/acts/lesson/lessons.h"
#include "words/language/command.h"

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return lessons_act(shell, words, result, lessons_progress);
}

void lessons_begun(struct text *ret)
{
	struct progress *progress = progress_open();
	const char *last = progress_last(progress);

	if (last && !progress_finished(progress, last))
		text_add_visible(ret, last, strlen(last));
	progress_close(progress);
}

const struct command command_progress = {
	.name = "progress", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .reach = REACH_SHELL,
	.summary = "how far you are in the lesson, or in all of them",
	.explain = "In a lesson: its steps, and which of them are done. Outside: which lessons "
		"are done. Your progress is kept in $XDG_STATE_HOME/stave/progress "
		"(~/.local/state/stave/progress), which nobody else can read.",
	.example = "progress",
};
