#include "shell/attend/following.h"

#include <jansson.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/text.h"
#include "session/session.h"
#include "shell/shell.h"
#include "shell/attend/relay/relay.h"
#include "words/language/command.h"
#include "words/network/network.h"

/* The op that runs the program is the last one that was done. */
static const char *const *argv_of(const struct step *step)
{
	return step->plan.ops[step->done - 1].op.spawn.argv;
}

int following_attend(struct shell *shell, const struct step *step, struct program *program, struct result *result,
		     struct text *output, struct error *err)
{
	cleanup_text struct text told = { 0 };
	struct context context;

	shell_context(shell, &context);
	struct following *following = net_follow(&context, argv_of(step), err);
	if (!following) {
		/* It still waits behind the gate. */
		program_signal(program, SIGKILL);
		return -1;
	}
	shutdown(program->gate, SHUT_WR);
	int ret = relay_attend(shell, program, step->plan.program, !step->plan.untyped, output, err);
	net_follow_end(following, shell->json || step->plan.follows == FOLLOWS_JSON, &told);
	if (ret == 0 && shell->json)
		result->trace = json_loads(text_of(&told), 0, NULL);
	else if (ret == 0)
		text_addn(&result->output, text_of(&told), told.len);
	return ret;
}
