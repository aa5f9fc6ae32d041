/* A transcript: what was typed, what it changed, checks with their times, hints that were used. For
 * handing in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lesson/check/check.h"

struct error;
struct lesson;
struct lesson_step;
struct log;
struct passage;
struct reading;
struct step;

/* Begin one at path: JSON where the name ends with .json, else Markdown. What stands in a file that
 * is there already stays, and this follows it. NULL with err. Every other call takes NULL for no
 * transcript. */
struct log *log_open(const char *path, struct error *err);

/* Write what is left and end. 0, or -1 with err when something could not be written. */
int log_close(struct log *log, struct error *err);

/* A command that was run, typed by the learner or played by the lesson. err: how it failed, NULL: it
 * did not. step: what it did, NULL for a command that is not a plan. host: the host's reading. */
void log_command(struct log *log, const char *line, const char *child, bool by_lesson, const struct error *err,
		 const struct step *step, const struct reading *host);

void log_begin(struct log *log, const struct lesson *lesson, const char *language, bool no_skip);
void log_step(struct log *log, const struct lesson_step *step);
void log_guess(struct log *log, const char *guess);
void log_hint(struct log *log, const struct passage *hint, const char *state);
void log_check(struct log *log, const struct verdict *verdict);
void log_solution(struct log *log, bool shown); /* it was asked for; shown, or passed over */
void log_reached(struct log *log, bool by_itself);
void log_end(struct log *log, bool finished);
