/* The runtime folder: where journals live and writable layers are mounted. On a tmpfs, because what
 * they record dies with the machine too. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct error;

enum { RUNTIME_BYTES = 4096 - 80 }; /* for its path; those of files in it fit into PATH_MAX */

/* Find or make that of uid: $XDG_RUNTIME_DIR/stave, /run/stave for root, /run/user/UID/stave,
 * /tmp/stave-UID, or the folder run of base/file/state.h, where another user was in /tmp first. It is ours alone
 * (mode 0700, our uid, no link) or refused. It stays as long as the descriptor *hold is open. 0, 1 when it was made just now, or -1 with err. */
int runtime_folder(uid_t uid, char *ret, size_t size, int *hold, struct error *err);

/* Let go of it; the last session takes it away, unless there is something in it. What only seems to be another is waited
 * for, so many ms: a process that was forked and is no other program yet holds what its parent held. */
void runtime_leave(const char *path, int hold, int patience);
