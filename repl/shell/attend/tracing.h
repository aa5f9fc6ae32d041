/* Attending to a program that is traced: the tracer takes hold of it before it begins. */
#pragma once

struct error;
struct shell;
struct step;
struct text;
struct program;
struct tracer;

/* As view.attend, of a step whose plan is traced. *ret is the tracer, ended, with what it has seen; the
 * caller's. -1 with err where the program could not be traced: it is ended, and has run nothing. */
int tracing_attend(struct shell *shell, const struct step *step, struct program *program, struct tracer **ret,
		   struct text *output, struct error *err);
