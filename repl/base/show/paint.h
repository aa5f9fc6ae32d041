/* Colour, from the 16-colour palette only, so that a terminal's own theme decides. */
#pragma once

#include <stdbool.h>

struct text;

/* Each colour means one thing, and a sign or a word beside it says the same. */
enum paint {
	PAINT_BOLD,    /* a heading */
	PAINT_NAME,    /* the name of what a row is about */
	PAINT_DIM,     /* as it was, or said beside */
	PAINT_ADDED,   /* +, green */
	PAINT_REMOVED, /* -, magenta */
	PAINT_CHANGED, /* ~, bold */
	PAINT_OWN,     /* stands, is the child's own or as it should be: cyan */
	PAINT_MISSING, /* is the host's, not built yet or not looked at: yellow */
	PAINT_ERROR,   /* failed, open: red */
};

/* Append s, coloured when on is true. */
void paint(struct text *text, bool on, enum paint paint, const char *s);
