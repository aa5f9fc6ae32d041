/* Filling paragraphs to a width. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

/* Whether a line may end between two characters without a blank: beside one that is wide, but neither
 * before a closing mark nor after an opening one. */
bool fill_breaks(uint32_t before, uint32_t after);

/* Append s, broken at blanks and by fill_breaks() so that no line is longer than width columns. Lines after the first
 * begin with indent spaces; the caller has written the first line's beginning, which must be
 * indent columns wide. A newline stays; lines that begin with a blank are not filled. Ends
 * with a newline. */
void fill(struct text *ret, const char *s, size_t indent, size_t width);
