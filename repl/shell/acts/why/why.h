/* shell/acts/why: the word why: what is remembered of a failure, and what is tried.
 * May include: shell/lines shell/tell shell/terminal session words snapshot ops walls base.
 * Never: runs a program outside of a sandbox.
 * Begin at: why.c; try.c searches, replay.c is one try. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "walls/lift.h"

struct error;
struct result;
struct shell;
struct words;

/* What one replay is of. */
struct replay {
	const char *exe;
	const char *story, *line; /* lines of a script: what is built, and what failed then */
	struct lifts lifts;       /* the walls that are left out */
};

/* How it ended. */
struct replayed {
	bool built;               /* the story stood, and the line's program was started */
	int status;               /* the program's, as docker counts */
	struct lifts builds;      /* the switches that some plan had something for */
	unsigned short line[LIFTS_MOST]; /* where first: a line of the story from 1 on; 0: the last one */
	char said[200];           /* the first line on standard error, visible */
	char trouble[200];        /* where it was not built: why not */
};

/* Perform it once in a sandbox, until deadline. 0, or -1 with err: experiment_try(). */
int replay(const struct replay *replay, int64_t deadline, struct replayed *ret, struct error *err);

/* why --try. */
int why_try(struct shell *shell, const struct words *words, struct result *result);
