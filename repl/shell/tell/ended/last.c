#include "shell/tell/ended/last.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "shell/shell.h"
#include "shell/tell/ended/ended.h"

void last_done(struct shell *shell)
{
	if (!shell->last)
		return;
	free(shell->last->line);
	text_done(&shell->last->why);
	text_done(&shell->last->fix);
	free(shell->last);
	shell->last = NULL;
}

void last_note(struct shell *shell, const struct result *result)
{
	const struct step *step = result->step;
	bool program = !result->failed && step && step->status > 0 && step->plan.program != PROGRAM_BACKGROUND;

	/* A word that a lesson withholds is no failure of the learner's. */
	if ((!result->failed && !program) || (result->failed && strncmp(result->error.id, "lesson.", 7) == 0))
		return;
	last_done(shell);
	shell->last = calloc(1, sizeof(*shell->last));
	if (!shell->last)
		out_of_memory();
	*shell->last = (struct last_failure){ .line = text_copy(result->line), .program = program, .error = result->error };
	if (!program)
		return;
	shell->last->status = step->status;
	ended_why(step, &shell->last->why, &shell->last->fix);
}
