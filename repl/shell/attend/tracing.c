#include "shell/attend/tracing.h"

#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/error.h"
#include "session/session.h"
#include "shell/shell.h"
#include "shell/attend/relay/relay.h"
#include "shell/tell/trace/trace.h"
#include "trace/trace.h"

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
	close(steal_fd(&program->gate));
	ret = relay_attend(shell, program, step->plan.program, !step->plan.untyped, output, err);
	if (ret == 0)
		ret = tracer_wait(tracer, err);
	if (ret == 0 && shell->json)
		result->trace = trace_json(shell, tracer);
	else if (ret == 0)
		trace_tell(shell, tracer, &result->output);
	tracer_free(tracer);
	return ret;
}
