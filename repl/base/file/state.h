/* The folder in which a user's own things are kept from one session to the next. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether the home folder belongs to another user: sudo(8) may leave HOME as it was, and what is
 * read from there with our rights is somebody else's to choose. */
bool home_is_foreign(void);

/* Open $XDG_STATE_HOME/stave, or ~/.local/state/stave, made where it is missing. Every folder on
 * the way below the first is this user's and no link. Returns the descriptor; -1 where there is
 * none, and nothing can be kept. */
int state_folder(void);

/* The path of the folder name in it (not made; those above it are). 0; -1 where there is no such place, or
 * its path has no room in ret. */
int state_path(const char *name, char *ret, size_t size);
