/* How far something has come that takes long: one line on the terminal, drawn again as it goes on. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "image/intake/import.h"
#include "shell/attend/live.h"

struct shell;

struct drawing {
	struct shell *shell;
	struct live live;
	uint64_t drawn; /* when: clock_now() */
	bool stopped;
};

/* Begin; watch is filled in for those who do the work. Ctrl-C stops them. */
void drawing_begin(struct drawing *drawing, struct shell *shell, struct image_watch *watch);

/* Restore the terminal; what follows takes the line's place. */
void drawing_end(struct drawing *drawing);

/* Say what differs in the store from what an archive says, a line each. */
void image_tell_notes(const struct image_notes *notes, struct text *ret);
