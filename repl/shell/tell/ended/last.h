/* The last line that failed: for the word why. */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"
#include "walls/lift.h"

struct job;
struct result;
struct shell;

struct last_failure {
	char *line;
	bool program;          /* its program did; else error says what failed */
	int status;            /* the program's, as docker counts */
	bool known;            /* why is about a call that was seen to fail */
	bool optioned;         /* why is an option of the line, which no wall left out undoes */
	bool counted;          /* why is what a control group has counted */
	int refused, refused_code; /* where it was traced: the call that failed last, and its errno, 0 for none */
	struct error error;
	struct text why, fix;  /* of a program's end */
	char *name, *printed;  /* of one that ended itself in the child: what it is called, and the end of its standard error; else NULL */
	pid_t pid;             /* of that child */
	struct text story;     /* the lines before it, as a script has them */
	char *again;           /* its own line, for whatever child */
	bool terminal;         /* the program had one of its own */
	uint64_t storage;      /* what all that it wrote in its container could be; 0: it was in none, or none were said */
	bool aside;            /* it had files of its own, and not the child's */
	bool job;              /* it was one, which ended in the foreground: the line that started it is another */
	bool outside;          /* something leads to the host's network */
	struct lifts builds;   /* the switches of what these lines have built */
};

/* What a line begins with that is to go to the child of the present one: "@b ", or nothing where lines are for it
 * anyway. Appended. */
void add_address(const struct shell *shell, struct text *ret);

/* Remember the line where it failed, or its program did; else what was remembered stays. */
void last_note(struct shell *shell, const struct result *result);
/* The same of a job that line waited for. */
void last_note_job(struct shell *shell, const char *line, const struct job *job);
void last_done(struct shell *shell);
