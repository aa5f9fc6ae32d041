/* What kind of terminal $TERM names. */
#pragma once

#include <stdbool.h>

/* Whether it can only print: no TERM, an empty one, dumb, unknown, or emacs, as old shells in Emacs say. It
 * gets no colours, no live screens and no pager. */
bool terminal_is_dumb(void);
