/* redo: forth again in the story. */
#include "base/message.h"
#include "session/session.h"
#include "shell/acts/story/story.h"
#include "words/language/command.h"

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return story_go(shell, words, result, session_redo, _("redone"));
}

const struct command command_redo = {
	.name = "redo", .kind = ACTS, .group = GROUP_STORY, .act = act, .moves_story = true, .args = story_args,
	.summary = "perform an undone step again",
	.explain = "Performs a step again that undo has taken back, as long as no new step was "
		"made in between. The calls are really made again: the kernel's answers may "
		"differ from the first time.",
	.example = "unshare uts\nundo\nredo",
};
