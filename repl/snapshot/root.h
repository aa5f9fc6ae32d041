/* Where the "/" of a process lies. */
#pragma once

#include "snapshot/snapshot.h"

/* Fill ret's slash, top and top_code. proc is the folder /proc/PID; ret->root has been read. Never
 * waits for another machine or process to answer, but on a kernel before 5.12. */
void root_find(int proc, struct reading *ret);
