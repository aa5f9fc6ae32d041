/* The program that reads archives: started, listened to, ended. */
#pragma once

#include <jansson.h>

#include "image/intake/intake.h"

struct error;

/* What it is started with. */
struct reader_run {
	char *const *args; /* ended by NULL; the first is its work */
	int input;         /* its standard input */
	int userns, output; /* its descriptors 3 and 4; -1 for none */
};

/* Run stave-archive. *result is its result, which the caller releases. -1 with err, IMAGE_STOPPED with
 * err; then all its processes have ended. */
int reader_run(const struct reader_run *run, const struct image_watch *watch,
	       struct image_notes *notes, json_t **result, struct error *err);

/* Take one line that the program has written: to watch, notes, *result, or err (1: it has failed).
 * What does not belong there is an error too. The program may have been taken over by what it
 * read, so that all of this is foreign. */
int reader_line(const char *line, size_t length, const struct image_watch *watch,
		struct image_notes *notes, json_t **result, struct error *err);
