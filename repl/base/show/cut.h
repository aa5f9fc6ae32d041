/* Text that is cut where a line ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text;

/* Append as much of s, which must be fit to print, as takes no more than columns; what is cut off is
 * seen by a mark at the end: an ellipsis where utf8, else three points. */
void text_add_cut(struct text *text, const char *s, size_t columns, bool utf8);
