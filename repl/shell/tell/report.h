/* Reporting what came of a command, as text for a person. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct plan;
struct reading;
struct result;
struct shell;
struct room;
struct step;
struct text;

/* Tell what of result has not been told yet: to standard output, its failure to standard error;
 * as one JSON object where the shell speaks JSON. */
void result_tell(struct shell *shell, struct result *result);

/* The name of the errno and what strerror(3) says, behind what: "mkdir /a: EEXIST (File
 * exists)"; why and fix below it. A mistake of usage is pointed at in line. */
void report_error(const struct shell *shell, const struct result *result, struct text *ret);

/* What was done of a step, from call from on: a call a line, or folded a stage a line. */
void report_done(const struct shell *shell, const struct step *step, size_t from, struct text *ret);

/* The same as its program is about to begin: with that call, the meaning and the note. */
void report_ready(const struct shell *shell, const struct step *step, size_t from, struct text *ret);

/* What the plan means, filled to the window; whole: with its details. */
void report_meaning(const struct shell *shell, const struct plan *plan, bool whole,
		    struct text *ret);

/* What a step changed, and, where that has become another, what the child still lacks to be
 * confined; of a process that nobody may look at, why that is so. */
void report_step_changes(struct shell *shell, const struct step *step, struct text *ret);

/* What was seen of the files that the step is about. */
void report_note(const struct shell *shell, const struct step *step, struct text *ret);

/* How the program of a step ended. */
void report_status(const struct shell *shell, const struct step *step, const struct room *full, struct text *ret);

/* Append "  WORD: S", filled; nothing where s is "". */
void report_advice(const struct shell *shell, const char *word, const char *s, struct text *ret);

/* Tell a failure that belongs to no command of its own (a line that cannot be read), and take it
 * into the status. line is as typed. Returns 0, or -1 when the caller should not go on. */
int report_failure(struct shell *shell, const char *line, const struct error *err);
