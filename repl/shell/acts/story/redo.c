/* redo: forth again in the story. */
#include "base/text.h"
#include "shell/shell.h"
#include "shell/acts/story/story.h"
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "N", WORD_NUMBER, .optional = true, .means = "how many steps; 1 when it is missing" },
	{ 0 }
};

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	struct session *session = &shell->session;
	size_t n = words_number(words, 0, 1), before = session->count;
	cleanup_text struct text lost = { 0 };

	if (session_redo(session, n, &lost, err) < 0)
		return story_failed(shell, &lost, ret);
	story_name_steps(session, "redone", before, session->count, ret);
	story_tell(shell, &lost, ret);
	return 0;
}

const struct command command_redo = {
	.name = "redo", .kind = ACTS, .group = GROUP_STORY, .act = act, .moves_story = true, .args = args,
	.summary = "perform an undone step again",
	.explain = "Performs a step again that undo has taken back, as long as no new step was "
		"made in between. The calls are really made again: the kernel's answers may "
		"differ from the first time.",
	.example = "unshare uts\nundo\nredo",
};
