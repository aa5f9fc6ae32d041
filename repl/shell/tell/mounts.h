/* What a step changed in the table of mounts. */
#pragma once

#include <stdbool.h>

struct difference;
struct reading;
struct shell;
struct text;

/* How many mounts there are and what became of them, and the lines that changed, added ones first; the
 * whole table where it is asked for. difference is NULL where nothing is to be marked. folded: few
 * lines, and each in one row. */
void report_mounts(const struct shell *shell, const struct reading *after,
		   const struct difference *difference, bool folded, struct text *ret);
