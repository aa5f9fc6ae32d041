/* proc(5): whether /proc is this process's own, and folders of it that stay one process's whoever has
 * its number later. */
#pragma once

#include <sys/types.h>

struct error;

/* Whether /proc shows the processes of this process's own pid namespace: elsewhere a number means
 * somebody else. Asked through a descriptor of this process's own folder. 0, or -1 with err. */
int proc_check(struct error *err);

/* The folder /proc/PID (O_PATH) of the process that pidfd is of. The descriptor, which answers ESRCH once
 * that process is gone; -1 with errno set, ESRCH: it is gone, ENOENT: /proc hides it. */
int proc_open(pid_t pid, int pidfd);
