/* Attending to a program that is traced: the tracer takes hold of it before it begins. */
#pragma once

#include <sys/types.h>

struct error;
struct op;
struct program;
struct shell;
struct step;
struct text;
struct watching;

/* As view.start: what is known of it is watching's until tracing_attend(). */
int tracing_start(struct watching *watching, const struct step *step, const struct op *op, const struct program *program, pid_t *pid,
		  struct error *err);

/* As view.attend, of a step whose plan is traced. The calls go to the result, as text or as JSON. -1 with err
 * where the program could not be traced: it is ended, and has run nothing. */
int tracing_attend(struct watching *watching, const struct step *step, struct program *program, struct text *output,
		   struct error *err);
