#include "shell/attend/tracing.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/error.h"
#include "base/text.h"
#include "session/session.h"
#include "shell/shell.h"
#include "shell/attend/relay/relay.h"
#include "shell/tell/trace/trace.h"
#include "trace/trace.h"

/* It cannot become a job as others do: the tracer's end is its own. */
static void tell_halted(const struct shell *shell, struct result *result)
{
	if (shell->json)
		json_object_set_new(result->trace, "halted", json_true());
	else
		text_say(&result->output, "   A stop signal (SIGSTOP, SIGTSTP) held the program. fg cannot continue a traced\n"
					  "   program: it was ended. run makes a job of one.\n");
}

int tracing_attend(struct shell *shell, const struct step *step, struct program *program, struct result *result,
		   struct text *output, struct error *err)
{
	struct tracer *tracer = tracer_new(step->plan.traced, program->pid, err);
	int ret;

	if (!tracer) {
		/* It still waits behind the gate. */
		program_signal(program, SIGKILL);
		return -1;
	}
	program->halts = tracer_halts(tracer);
	shutdown(program->gate, SHUT_WR);
	ret = relay_attend(shell, program, step->plan.program, !step->plan.untyped, output, err);
	program->halts = NULL;
	if (ret == 0)
		ret = tracer_wait(tracer, err);
	if (ret == 0 && shell->json)
		result->trace = trace_json(shell, tracer);
	else if (ret == 0)
		trace_tell(shell, tracer, &result->output);
	if (ret == 0 && program->halted)
		tell_halted(shell, result);
	tracer_free(tracer);
	return ret;
}
