/* From a typed line to a step: find the word, check its arguments, perform, tell. */
#pragma once

#include <stddef.h>

struct shell;

/* Run one typed line: its commands in turn, up to the first that fails unless the shell keeps going.
 * Everything has been reported. Returns 0, or -1 when the caller should not go on. */
int shell_line(struct shell *shell, const char *line, size_t length);
