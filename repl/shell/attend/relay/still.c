/* A program that stands still without having been stopped from here: it would be waited for without an end. */
#include <signal.h>

#include "base/await.h"
#include "base/process/halted.h"
#include "base/process/process_stat.h"
#include "session/session.h"
#include "shell/attend/relay/relaying.h"
#include "shell/attend/relay/suspend.h"

/* In ms between two looks, and how many in a row must see it: another of its own may continue it. */
enum { LOOK = 250, LOOKS = 3 };

int still_wait(const struct relay *relay, int wait)
{
	return relay->ended || !relay->program->pid || (wait >= 0 && wait < LOOK) ? wait : LOOK;
}

/* A tracer's end ends what it follows, and nobody sees what a probe is about. */
static void end(struct relay *relay)
{
	relay->program->halted = true;
	relay->program->killed = KILLED_STILL;
	relay->looked = INT64_MAX - LOOK;
	relay_signal(relay, SIGKILL);
}

/* Each of its calls waits for its tracer. */
static bool is_held(const struct program *program)
{
	return program->tracer && process_stat(program->tracer).state == 'T';
}

void still_look(struct relay *relay)
{
	struct program *program = relay->program;
	int64_t now = clock_ms();

	if (relay->ended || !program->pid)
		return;
	/* Most programs are shorter than that. */
	relay->looked = relay->looked ? relay->looked : now;
	if (now < relay->looked + LOOK)
		return;
	relay->looked = now;
	relay->still = process_halted(program->pid, program->halts) || is_held(program) ? relay->still + 1 : 0;
	if (relay->still < LOOKS)
		return;
	relay->still = 0;
	if (!relay->keeps)
		end(relay);
	else if (suspend_program(program))
		program->stopped = program->halted = true;
}
