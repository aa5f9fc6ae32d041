/* The store: where Stave keeps root file systems between sessions. */
#pragma once

#include <stddef.h>

struct error;

/* The store's folder into ret: $XDG_DATA_HOME/stave, or /var/lib/stave for root and
 * ~/.local/share/stave for others. Makes nothing. -1 with err where no folder can be named. */
int store_path(char *ret, size_t size, struct error *err);

/* Make the store if it is missing and open it: a folder (mode 0700) of this user's alone, so that
 * nobody else can put anything into it. Returns the descriptor, held under an exclusive
 * flock(2) until it is closed; -1 with err. */
int store_lock(const char *path, struct error *err);

/* Remove a tree in the store: the folder name below dirfd with all that is in it. Follows no
 * links. 0, or -1 with errno set. */
int store_remove(int dirfd, const char *name);
