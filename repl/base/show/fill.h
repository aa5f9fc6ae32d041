/* Filling paragraphs to a width. */
#pragma once

#include <stddef.h>

struct text;

/* Append s, broken at blanks so that no line is longer than width columns. Lines after the first
 * begin with indent spaces; the caller has written the first line's beginning, which must be
 * indent columns wide. A newline stays; lines that begin with a blank are not filled. Ends
 * with a newline. */
void fill(struct text *ret, const char *s, size_t indent, size_t width);
