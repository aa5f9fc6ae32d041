/* A long step, told by what it built. */
#pragma once

#include <stdbool.h>

struct plan;
struct shell;
struct step;
struct text;

/* Whether a step of this plan is told a stage a line: it has more than eight calls, and not all of
 * them are asked for. */
bool is_folded(const struct shell *shell, const struct plan *plan);

/* The stages of a step, a line each: how it ended, how many calls it took, what stands now. Where a call
 * failed, that one and its neighbours too. step->after.pid is 0 where nothing was read. */
void report_stages(const struct shell *shell, const struct step *step, struct text *ret);
