/* The store: where Stave keeps root file systems between sessions. */
#pragma once

#include <stddef.h>

struct error;

/* The store's folder into ret: $XDG_DATA_HOME/stave, or /var/lib/stave for root and
 * ~/.local/share/stave for others. Makes nothing. -1 with err where no folder can be named. */
int store_path(char *ret, size_t size, struct error *err);

/* Open the store, a folder of this user's alone, to read it. -1 with err, ENOENT when there is
 * none. */
int store_open(const char *path, struct error *err);

/* Make the store if it is missing and open it: a folder (mode 0700) of this user's alone, so that
 * nobody else can put anything into it. Returns the descriptor, held under an exclusive
 * flock(2) until it is closed; -1 with err. */
int store_lock(const char *path, struct error *err);

/* The folders of the store, made when they are missing (mode 0700): their absolute path into ret.
 * Volumes: one folder a volume. Scratch: what is being made, each with a lock on it; what nobody
 * holds the lock of any more is cleared away by store_clear(). -1 with err. */
int store_volumes(char *ret, size_t size, struct error *err);
int store_scratch(char *ret, size_t size, struct error *err);

/* A fresh folder (mode 0700) in scratch, its path into ret. Returns its descriptor, which holds its
 * lock; remove_tree() it, or rename what is in it away. -1 with err. */
int store_fresh(char *ret, size_t size, struct error *err);

/* Remove what is in scratch and belongs to nobody any more: left by a crash. How many entries. */
size_t store_clear(void);
