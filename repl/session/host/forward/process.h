/* The processes of session/host/forward: what they have in common. Only this folder includes it. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "session/host/forward/forward.h"

/* In the new process: it ends with the shell, no key of the terminal reaches it, and ps shows this name. */
void forward_begin(const char *title);

/* Keep these descriptors, as 3 and on, and no other; -1 is none. */
void forward_keep(int **kept, size_t count);

/* What the process says of its joining: 0 or an errno. */
int forward_hear(int fd);

/* The shell's handle: pid, -1 for none; life, the end that the process waits for the other of. */
struct forwarder *forward_own(pid_t pid, int life, uint16_t port);
