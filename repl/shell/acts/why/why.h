/* shell/acts/why: the word why: what is remembered of a failure, and what is tried.
 * May include: shell/lines shell/tell shell/terminal shell/attend session trace words snapshot ops walls base.
 * Never: runs a program outside of a sandbox.
 * Begin at: why.c; try.c searches, tried.c tells, kernel.c asks the kernel, replay.c is one try. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/process/strait.h"
#include "walls/lift.h"

struct error;
struct grounds;
struct result;
struct shell;
struct text;
struct words;

/* What one replay is of. */
struct replay {
	const char *exe;
	const char *story, *line; /* lines of a script: what is built, and what failed then */
	struct lifts lifts;       /* the walls that are left out */
	const struct grounds *grounds; /* control groups that it may limit by; NULL: none */
	bool traces;              /* the program of the line is followed: its calls that fail are told */
	void (*before_last)(void); /* called in the sandbox once the story stands; NULL: nothing */
};

/* A call that failed. */
struct failed_call {
	int number, code;
	char said[160]; /* as C, visible */
	char why[240];   /* where ids, capabilities, the user namespace and what the kernel shows as files tell why; "": they do not */
	int cause;       /* enum cause_id of that; -1 */
	char path[160];  /* that it was about, absolute, as it is; "": none, or longer */
	struct strait strait; /* what was short then */
	char filter[64]; /* the policy of a filter of these lines that answers it so; "": none does */
};
enum { FAILED_CALLS = 64 };

/* How it ended. */
struct replayed {
	bool built;               /* the story stood, and the line's program was started */
	int status;               /* the program's, as docker counts */
	struct lifts builds;      /* the switches that some plan had something for */
	unsigned short line[LIFTS_MOST]; /* where first: a line of the story from 1 on; 0: the last one */
	struct failed_call calls[FAILED_CALLS]; /* where the program was traced: the last ones, each once */
	size_t call_count;
	char said[200];           /* the first line on standard error, visible */
	bool stood;               /* the story alone did */
	char trouble[200];        /* where it was not built: why not */
};

/* Perform it once in a sandbox, until deadline. 0, or -1 with err: experiment_try(). */
int replay(const struct replay *replay, int64_t deadline, struct replayed *ret, struct error *err);

/* Make the control groups that replays of lines which build these switches need; none where they limit nothing by such.
 * To be removed by grounds_remove(). 0, or -1 with err: none can be made here. */
int why_grounds(struct shell *shell, const struct lifts *builds, struct grounds *ret, struct error *err);

/* Append that the sandbox has no control groups, and why: what why_grounds() failed by. */
void add_groundless(const struct error *err, struct text *ret);

/* Append what to type without the culprits: other options of the container, and not the lines of the story that built
 * them. all: how it ended with them. */
void why_fixes(const char *story, const struct replayed *all, const struct lifts *culprits, struct text *ret);

/* The time that --seconds gives, in milliseconds. 0, or -1 with err. */
int why_time(const struct words *words, int64_t *ret, struct error *err);

/* For why --try and why --kernel, which flag is: whether the last failure is one of a program that can be run again in
 * the sandbox, and how many milliseconds the person gives it. 0, or -1 with err. */
int why_prepare(const struct shell *shell, const struct words *words, const char *flag, int64_t *time, struct error *err);

/* why --kernel: what the kernel itself says of the capabilities that it refused. */
int why_kernel(struct shell *shell, const struct words *words, struct result *result);

/* why --try. */
int why_try(struct shell *shell, const struct words *words, struct result *result);
