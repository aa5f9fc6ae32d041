/* Colour, from the 16-colour palette only, so that a terminal's own theme decides. */
#pragma once

#include <stdbool.h>

struct text;

enum paint { PAINT_BOLD, PAINT_DIM, PAINT_GOOD, PAINT_BAD, PAINT_WARN, PAINT_NAME };

/* Append s, coloured when on is true. */
void paint(struct text *text, bool on, enum paint paint, const char *s);
