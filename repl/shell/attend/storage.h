/* Whether the writable layer of a container is full when its program has ended: by then its mounts may be gone, so its root
 * is held open before. */
#pragma once

#include <sys/types.h>

struct step;
struct watching;

/* Hold the root that process pid, which the step's program is or will be, has; nothing where it is in no container whose layer
 * has a size. */
void storage_hold(struct watching *watching, const struct step *step, pid_t pid);

/* The program has ended: note in the result what the layer has left, where that is nothing; let go. */
void storage_look(struct watching *watching, const struct step *step);
