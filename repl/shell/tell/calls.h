/* The calls of a plan, a line each. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct op_outcome;
struct plan;
struct shell;
struct step;
struct text;

/* How a call ended, or a stage of them. */
enum call_end { CALL_TO_COME, CALL_DONE, CALL_PASSED_OVER, CALL_FAILED };

/* " ✓ ", in ASCII where marks beyond it are not wanted. */
void report_mark(const struct shell *shell, enum call_end end, struct text *ret);

/* How call i of plan ended; outcome is NULL where it was not made. */
enum call_end call_end(const struct plan *plan, size_t i, const struct op_outcome *outcome);

/* Whether a call is among the kernel's facts, or Stave's own and without consequence there: unless it
 * failed, or is the last, that one is left to --json. */
bool call_is_told(const struct plan *plan, size_t i, const struct op_outcome *outcome);

/* Call i: what it says, how it ended and what it had to say. Behind the last call of a plan stand
 * the manual page and the command that does the same. */
void report_call(const struct shell *shell, const struct plan *plan, size_t i,
		 const struct op_outcome *outcome, int pid, struct text *ret);

/* The calls of a plan from one number up to another, a line each. outcomes may be NULL: not made
 * yet. */
void report_calls(const struct shell *shell, const struct plan *plan,
		  const struct op_outcome *outcomes, size_t from, size_t to, int pid,
		  struct text *ret);

/* The process that the plan's container is built like, the options that say the same, and what of the process is
 * missing, which is never left out. */
void report_like(const struct shell *shell, const struct plan *plan, struct text *ret);

/* Whether the line is a lesson's own and tells the telling part alone: its calls, or how many they are, and
 * what has changed; not what every step says. */
bool is_brief(const struct shell *shell);

/* Whether a plan only starts a program, in the child or beside it, and builds nothing. */
bool starts_only(const struct plan *plan);

/* Whether a call is told where only some are asked for by name. One that failed always is. */
bool is_asked_for(const struct shell *shell, const struct plan *plan, size_t i, const struct op_outcome *outcome);

/* Whether the last call that was made has failed. */
bool has_failed(const struct step *step);

/* Whether some are asked for by name. */
bool are_some_asked_for(const struct shell *shell);
