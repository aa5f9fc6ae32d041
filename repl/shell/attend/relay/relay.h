/* shell/attend/relay: passing on what a program prints and what is typed for it.
 * May include: shell/terminal session snapshot ops base.
 * Never: decides what is run.
 * Begin at: relay.c, its loop; relaying.h has what its files share. */
#pragma once

#include "ops/plan.h"

struct error;
struct job;
struct program;
struct shell;
struct text;

/* As view.attend. The shell's terminal is raw while a program has a pseudo-terminal in the
 * foreground, and as it was before on every way out. Ctrl-C without one stops the program: by
 * SIGINT, the second time by SIGKILL. Ctrl-Z on a line that was typed stops it, as suspend.h says, and so does
 * a stop signal that nobody takes back soon: program->stopped says so. Where nothing could continue it, it is
 * ended then, and program->halted says so. In JSON output is captured, up to a mebibyte. input: what is not
 * a terminal is read for the program, too, such as the rest of a script. */
int relay_attend(struct shell *shell, struct program *program, enum plan_program how, bool input,
		 struct text *output, struct error *err);

/* The same for a job, whose output comes by its ring: it goes on, and is in the foreground until it has ended
 * or is stopped again, which *stopped says. */
int relay_follow(struct shell *shell, struct job *job, bool *stopped, struct text *output, struct error *err);
