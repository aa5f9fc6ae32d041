/* What stands after a stage of a step. */
#pragma once

#include "ops/stages.h"

struct shell;
struct step;
struct text;

/* Append what the stage has built, in a few words: as the reading after the step says it, where there is
 * one, else as the calls did that were made. */
void stage_stands(const struct shell *shell, const struct step *step, enum stage_id stage,
		  struct text *ret);
