#include "shell/build.h"

#include "shell/shell.h"
#include "words/language/command.h"

void build_notice_jobs(struct shell *shell, const struct command *command,
		       const struct words *words)
{
	if (command->needs && (command->needs(words) & NEEDS_JOBS))
		session_reap(&shell->session);
}

int plan_build(struct shell *shell, const struct command *command, const struct words *words,
	       struct plan *ret, struct error *err)
{
	struct session *session = &shell->session;
	struct context context;

	*ret = (struct plan){ 0 };
	build_notice_jobs(shell, command, words);
	/* With -q the last step left no reading. And neither what a child has that is dead nor what could not be read
	 * is a "no". */
	struct error passed;
	if (session->at->child &&
	    (session->at->stale || session_died(session) || reading_whole(&session->at->now, &passed) < 0) &&
	    (session_look(session, err) < 0 || reading_whole(&session->at->now, err) < 0))
		return -1;
	bool blind = shell->quiet && command->needs && (command->needs(words) & NEEDS_NO_SIGHT);
	if (!blind && session_see(session, err) < 0)
		return -1;
	if (command_ready(command, words, !shell->dry_run, &session->facts, &shell->busybox, err) < 0)
		return -1;
	shell_context(shell, &context);
	ret->stage = command->stage;
	if (command->build(&context, words, ret, err) == 0) {
		if (shell->lift)
			shell->lift(shell->lifts, ret);
		return 0;
	}
	plan_done(ret);
	return -1;
}
