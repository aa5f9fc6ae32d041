/* The throwaway copy of the host's tree. */
#pragma once

#include <sys/types.h>

struct error;

/* Where it is made: below a file system in memory, mounted there in this mount namespace. */
#define TREE "/dev/root"

/* Make it. ids: a user namespace whose numbers its files are to have (idmapped mounts), and shift: what is added to
 * an owner's number to get the one outside; -1 and 0: they stay. lines: a text, or NULL, that names folders which are
 * written to. 0, or -1 with err. */
int tree_make(int ids, uid_t shift, const char *lines, struct error *err);

/* Its /proc, /sys and terminals, by the first process of the namespaces that they show; and move there. What lay
 * around is out of reach then. */
int tree_enter(struct error *err);

/* The folder in it that is this user's alone. */
#define TREE_OWN "/.stave"
