/* proc(5): whether /proc is this process's own, and folders of it that stay one process's whoever has
 * its number later. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct error;

/* Whether /proc shows the processes of this process's own pid namespace: elsewhere a number means
 * somebody else. Asked through a descriptor of this process's own folder. That /proc is kept, whatever is
 * mounted there later. 0, or -1 with err. */
int proc_check(struct error *err);

/* PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h. */
#define PROC_FIRST_PIDS 0xeffffffcu

/* The inode of this process's own pid namespace, PROC_FIRST_PIDS for that which is in no other; 0: not known. A process
 * stays in its own, and so this is asked once. pid_namespaces(7). */
uint64_t proc_own_pids(void);

/* The folder /proc as it was checked, or as it is now where nobody has asked. The descriptor stays the
 * callee's; -1 with errno set. */
int proc_root(void);

/* The folder of process pid in it (O_PATH), the same process's until proc_forget() whoever gets its number
 * meanwhile: what is read of it by several calls is one process's. The descriptor stays the callee's, and is
 * good until a few others were asked for; -1 with errno set, ESRCH: there is none. */
int proc_of(pid_t pid);

/* That of the session's child is this one, which is copied. pid 0: there is no child any more. */
void proc_know(pid_t pid, int folder);

/* Numbers are looked up again, but the child's: at the beginning of a line. */
void proc_forget(void);

/* In a new process that has closed all descriptors. */
void proc_closed(void);

/* The folder /proc/PID (O_PATH) of the process that pidfd is of. The descriptor, which answers ESRCH once
 * that process is gone; -1 with errno set, ESRCH: it is gone, ENOENT: /proc hides it. */
int proc_open(pid_t pid, int pidfd);
