/* Looking at a mount namespace from its own top, which a process with a chroot does not see. */
#pragma once

#include <sys/types.h>

struct error;
struct reading;

/* A process of the shell's in another's mount namespace, at the top of that. */
struct outlook {
	pid_t pid;
	int hold; /* it ends when this is closed */
};

/* Start one in the mount namespace of reading's process: setns(2), which makes the namespace's root the
 * caller's. 0; -1 with err. What it gives is good until outlook_end(). */
int outlook_begin(const struct reading *reading, struct outlook *ret, struct error *err);
void outlook_end(struct outlook *outlook);
