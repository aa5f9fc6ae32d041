/* Which replay is under way: one line on a person's terminal, erased afterwards. */
#pragma once

#include <stddef.h>

#include "shell/attend/live.h"

struct shell;

/* Zero-initialised: nothing is drawn. */
struct counting {
	struct live live;
	const char *by; /* the word that replays */
};

/* Begin, for a word that prints JSON itself or not: only where lines are typed, and not into JSON. */
void counting_begin(struct counting *counting, struct shell *shell, const char *by, bool json);

/* Draw the line: replay number n begins. */
void counting_draw(struct counting *counting, size_t n);

/* Erase the line and put the terminal's modes back. */
void counting_end(struct counting *counting);
