#include "shell/attend/tracing.h"

#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/error.h"
#include "session/session.h"
#include "shell/shell.h"
#include "shell/attend/relay/relay.h"
#include "trace/trace.h"

int tracing_attend(struct shell *shell, const struct step *step, struct program *program, struct tracer **ret,
		   struct text *output, struct error *err)
{
	int status;

	*ret = tracer_new(step->plan.traced, program->pid, err);
	if (!*ret) {
		/* It still waits behind the gate. */
		program_signal(program, SIGKILL);
		return -1;
	}
	close(steal_fd(&program->gate));
	status = relay_attend(shell, program, step->plan.program, !step->plan.untyped, output, err);
	/* What the program has left running is followed no longer: it goes on by itself. */
	return status < 0 || program->stopped ? status : tracer_wait(*ret, err);
}
