/* The store: where Stave keeps root file systems between sessions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;

/* The store's folder into ret: the one that is lent, else the user's own. Makes nothing. -1 with err where no
 * folder can be named. */
int store_path(char *ret, size_t size, struct error *err);

/* The user's own: $XDG_DATA_HOME/stave, or /var/lib/stave for root and ~/.local/share/stave for others. The
 * default root is kept there whatever is lent. */
int store_own_path(char *ret, size_t size, struct error *err);

/* Use a fresh, empty store from now on, in the user's scratch: what a killed shell leaves of it the next one
 * clears away. What was lent before is out of sight. -1 with err, and all is as it was. */
int store_lend(struct error *err);

/* Use the user's own again; all that was lent goes. */
void store_return(void);
bool store_is_lent(void);

/* Open the store, a folder of this user's alone, to read it. -1 with err, ENOENT when there is
 * none. */
int store_open(const char *path, struct error *err);

/* Open a folder of the store, and tell its path. The descriptor, or -1 with err: ENOENT where nobody has made it yet. */
int store_open_part(const char *name, char *path, size_t size, struct error *err);

/* Make the store if it is missing and open it: a folder (mode 0700) of this user's alone, so that
 * nobody else can put anything into it. Returns the descriptor, held under an exclusive
 * flock(2) until it is closed; -1 with err. */
int store_lock(const char *path, struct error *err);

/* The store's folder for volumes, one folder a volume, made when it is missing (mode 0700): its absolute path into
 * ret. -1 with err. */
int store_volumes(char *ret, size_t size, struct error *err);

/* A fresh folder (mode 0700) in the store's scratch, which holds what is being made, each with a lock on it; what
 * nobody holds the lock of any more is cleared away by store_clear(). Its path into ret. Returns its descriptor,
 * which holds its lock; remove_tree() it, or rename what is in it away. -1 with err. */
int store_fresh(char *ret, size_t size, struct error *err);

/* Remove what is in scratch and belongs to nobody any more: left by a crash. How many entries. */
size_t store_clear(void);
