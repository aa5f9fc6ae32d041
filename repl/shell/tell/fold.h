/* A long step, told by what it built. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct plan;
struct shell;
struct step;
struct text;

/* Whether a step of this plan is told a stage a line: it has more than eight calls, and not all of
 * them are asked for. */
bool is_folded(const struct shell *shell, const struct plan *plan);

/* Whether that goes for what a step has done from call from on, when those before have been told. */
bool folds_from(const struct shell *shell, const struct step *step, size_t from);

/* The stages of a step from call from on, a line each: how it ended, how many calls it took, what stands now. Where a call
 * failed, that one and its neighbours too. step->after.pid is 0 where nothing was read. */
void report_stages(const struct shell *shell, const struct step *step, size_t from, struct text *ret);

/* The calls of one stage that were made from call from on, in one line. */
void report_run(const struct shell *shell, const struct step *step, size_t from, struct text *ret);
