/* shell/acts: the words of the shell itself: entry and behaviour.
 * May include: shell/acts/lesson shell/tell shell/attend shell/terminal lesson session words snapshot ops probe image base.
 * Never: performs an op but through the session.
 * Begin at: acts.h. */
/* The words of the shell itself: what is behind the commands of kind ACTS. */
#pragma once

#include "words/language/command.h"

struct result;
struct shell;

/* Carry out words, of result->command. What it has to say goes to result->output. Returns 0, or
 * -1 with result->error. shell->status is what it is to be, when that is not 0. */
int act(struct shell *shell, const struct words *words, struct result *result);

/* Make the plan that words stand for, as plan does; it belongs to the caller, and nothing is
 * performed. */
int plan_build(struct shell *shell, const struct command *command, const struct words *words,
	       struct plan *ret, struct error *err);

/* The act of set: options of the shell. */
int set_option(struct shell *shell, const struct words *words, struct text *ret,
	       struct error *err);

/* The act of !CMD: run text by the host's /bin/sh. Returns 0 with its status as a shell counts
 * it, or -1 with err. What it prints is captured when output is not NULL. */
int host_run(struct shell *shell, const char *text, struct text *output, int *status,
	     struct error *err);

/* The acts of image: import, export, rm. */
int act_image(struct shell *shell, const struct words *words, struct text *ret,
	      struct error *err);

/* The act of commit. */
int act_commit(struct shell *shell, const struct words *words, struct text *ret,
	       struct error *err);
