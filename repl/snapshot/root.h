/* Where the "/" of a process lies. */
#pragma once

#include "snapshot/snapshot.h"

/* Fill ret's slash, top and top_code. proc is the folder /proc/PID; ret->root has been read. Never
 * waits for another machine or process to answer, but on a kernel before 5.12. */
void root_find(int proc, struct reading *ret);

/* Join the mount namespace that this process is in once more, by which its root becomes that namespace's: setns(2).
 * Returns whether it was another before, as chroot(2) makes it; also where the chroot is a mount itself. For a process
 * that is thrown away. false as well without CAP_SYS_ADMIN and CAP_SYS_CHROOT. */
bool root_leave_chroot(void);
