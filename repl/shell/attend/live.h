/* A few lines on the terminal that are drawn again and again, in place: no other screen, so that
 * what was last drawn stays to be read, and nothing but the terminal's modes needs putting back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct shell;
struct text;

struct live {
	struct shell *shell;
	bool on;     /* standard output is a terminal that can do it */
	bool keys;   /* standard input is one too, and does not show what is typed */
	struct termios before;
	size_t lines; /* drawn last */
};

/* Begin; live->on says whether there will be anything to draw on. */
void live_begin(struct live *live, struct shell *shell);

/* Draw text, lines of no more than the screen's columns, in place of what was drawn before. What
 * is more than the window holds is left out. */
void live_draw(struct live *live, const struct text *text);

/* The window has another size. */
void live_resized(struct live *live);

/* To be called when standard input is readable: whether q was typed, alone, to leave. All else was
 * typed ahead for the prompt, which gets it: shell/terminal/ahead.h. */
bool live_left(struct live *live);

/* Put the terminal's modes back; what was drawn stays. */
void live_end(struct live *live);
