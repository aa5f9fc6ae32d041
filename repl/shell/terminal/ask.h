/* Questions that a line typed on standard input answers. */
#pragma once

#include <stdbool.h>

/* Wait for a line: its first character; -1 for Ctrl-C, a signal to leave, or the end of standard
 * input. What else was noted meanwhile is noted again. */
int ask_line(void);

/* Whether the line begins with y. The question has been written. */
bool ask_yes(void);
