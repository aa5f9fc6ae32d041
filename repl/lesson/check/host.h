/* What a lesson may not change of the host, and what of it has changed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "snapshot/snapshot.h"

struct error;
struct session;

/* The host at one moment: the shell's own reading; and, a line each and sorted, the names in the
 * folders that a careless command reaches first ("/", those directly below it that have no other
 * programs' changing files, the user's home folder and the shell's working directory), the control
 * groups beside the shell's, and the network interfaces. */
struct host_state {
	struct reading reading;
	struct text listed;
	struct text guests; /* those of the lines that name a folder of "/" that was younger than a minute */
	const char *named; /* as host_take() was told; borrowed */
};

/* Look at it now. named: paths of the host, a line each, which are looked at as well, with what lies below the
 * folders of "/" that other programs leave alone; the home and the working folder are then looked at four levels
 * down. NULL: nothing of that. What other sessions of this user have made there is passed over: their journals name it. 0, or
 * -1 with err; ret is untouched on failure. */
int host_take(struct session *session, const char *named, struct host_state *ret, struct error *err);
void host_done(struct host_state *state);

/* Append a printable line for each difference; returns how many there are. What is made by other
 * programs in the meantime counts as well, unless it is gone again: nobody can tell who made a file. A guest may
 * go: a lesson that is proven beside this one makes folders in "/" and takes them away (statx(2), stx_btime). */
size_t host_differs(const struct host_state *before, const struct host_state *after, struct text *ret);
