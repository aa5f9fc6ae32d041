/* The lines that were typed, kept in a file over sessions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct text;

/* Where the file is: $XDG_STATE_HOME/stave/history, ~/.local/state/stave/history. The folder is
 * made. Nothing is kept (and nothing obeyed from ~/.inputrc) when home_is_foreign(). Returns
 * whether there is a history from before. */
bool history_open(void);

/* Read the file in, once; called when the first key has been pressed. */
void history_load(void);

/* Remember a line, here and in the file: appended under a lock by one write(2), so that two shells
 * lose nothing to each other. 0, or -1 with err where the file cannot be kept: the first time only. */
int history_add(const char *line, struct error *err);

/* Shorten the file to its last 10,000 lines when it has grown well beyond: written beside,
 * fsync(2), rename(2). */
void history_close(void);

/* The last n lines with their numbers. */
void history_show(size_t n, struct text *ret);
