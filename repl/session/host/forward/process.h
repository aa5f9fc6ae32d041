/* The processes of session/host/forward: what they have in common. Only this folder includes it. */
#pragma once

#include <stddef.h>

#include "session/host/forward/forward.h"

/* In the new process: it ends with the shell, no key of the terminal reaches it, and ps shows this name. */
void forward_begin(const char *title);

/* Keep these descriptors, as 3 and on, and no other; -1 is none. */
void forward_keep(int **kept, size_t count);

/* Fork the process, which does what begin says: life is at its end when it is to end, and said takes the errno, or
 * 0, of its joining. name is what ps shows (borrowed for good). NULL with err. */
struct forwarder *forward_start(void (*begin)(const void *arg, int life, int said), const void *arg, const char *name,
				struct error *err);
