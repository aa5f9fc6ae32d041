/* Attending to a load (burn): what it gets is measured from outside, and shown. */
#pragma once

struct error;
struct op;
struct program;
struct shell;
struct text;

/* As view.attend, for the program that op, a burn, has started. Live on a terminal, a few lines of
 * text elsewhere; in JSON these are captured. The load is ended when its time is over or it has
 * nothing more to do; by Ctrl-C or the key q at any time. */
int meter_attend(struct shell *shell, const struct op *op, struct program *program,
		 struct text *output, struct error *err);
