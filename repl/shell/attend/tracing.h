/* Attending to a program that is traced: the tracer takes hold of it before it begins. */
#pragma once

struct error;
struct program;
struct result;
struct shell;
struct step;
struct text;

/* As view.attend, of a step whose plan is traced. The calls go to the result, as text or as JSON. -1 with err
 * where the program could not be traced: it is ended, and has run nothing. */
int tracing_attend(struct shell *shell, const struct step *step, struct program *program, struct result *result,
		   struct text *output, struct error *err);
