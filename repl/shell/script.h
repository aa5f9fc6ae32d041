/* Reading the lines of a script, from a descriptor or a string. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct error;

/* What is read ahead of a descriptor stays here, so that a program of the script that reads the
 * same standard input can be given it. */
struct script {
	const char *name; /* for messages */
	int fd;           /* -1 for a string */
	struct text ahead;
	size_t at;
	bool ended;
	size_t number;    /* of the line being run, 1-based: where it is several, of the first */
	size_t taken;     /* lines so far */
	struct script *outer; /* the script that sources this one */
};

/* The next line without its newline (and without a carriage return before it). Returns 1 with the
 * line in ret, 0 at the end, -1 with err: a line longer than LINE_BYTES (which is passed over),
 * a NUL byte, a failed read(2), or EINTR when a signal was noted meanwhile. */
int script_line(struct script *script, struct text *ret, struct error *err);

/* -1 with err: a line is longer than LINE_BYTES. */
int script_long(struct error *err);
