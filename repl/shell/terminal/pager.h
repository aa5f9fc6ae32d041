/* What is longer than the screen, a screen at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text;

/* Show text by $PAGER, or by less where that is not set, if it has more lines than the screen; wait until
 * that is left. false: it was not shown, for it is short or there is no pager. */
bool pager_show(const struct text *text, size_t rows);
