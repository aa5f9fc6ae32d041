/* The folder in which a user's own things are kept from one session to the next. */
#pragma once

#include <stdbool.h>

/* Whether the home folder belongs to another user: sudo(8) may leave HOME as it was, and what is
 * read from there with our rights is somebody else's to choose. */
bool home_is_foreign(void);

/* Open $XDG_STATE_HOME/stave, or ~/.local/state/stave, made where it is missing. Every folder on
 * the way below the first is this user's and no link. Returns the descriptor; -1 where there is
 * none, and nothing can be kept. */
int state_folder(void);
