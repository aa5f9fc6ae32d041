#include "snapshot/eyes/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/await.h"
#include "base/fd.h"
#include "base/process/proc.h"
#include "base/syscalls.h"

enum { PATIENCE = 10000 /* ms for a process that does one thing */ };

/* A user namespace with a map, which lasts as long as its descriptor; -1 with errno. */
static int new_namespace(void)
{
	char byte = 0;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	cleanup_fd int ready = ends[0], says = ends[1];
	pid_t child = fork();
	if (child == 0) {
		byte = unshare(CLONE_NEWUSER) < 0 ? (char)errno : 0;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(says, &byte, 1) == 1)
			pause();
		_exit(0);
	}
	if (child < 0)
		return -1;
	close(steal_fd(&says));
	int failed = await_readable(ready, await_until(PATIENCE)) < 0 ? errno :
		     read(ready, &byte, 1) != 1 ? ECHILD : byte;
	int proc = proc_of(child); /* its number stays its own until it is waited for */
	if (!failed && (proc < 0 || write_control(proc, "uid_map", "0 1 1") < 0 ||
			write_control(proc, "gid_map", "0 1 1") < 0))
		failed = errno;
	int userns = failed ? -1 : openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
	failed = failed ? failed : userns < 0 ? errno : 0;
	kill(child, SIGKILL);
	await_exit(child, PATIENCE, &status);
	errno = failed;
	return userns;
}

int idmap_refused(const char *path)
{
	cleanup_fd int tree = sys_open_tree(AT_FDCWD, path, SYS_TREE_CLONE | SYS_TREE_RECURSIVE);
	cleanup_fd int userns = tree < 0 ? -1 : new_namespace();

	if (userns < 0)
		return errno;
	const struct sys_mount_attr attr = { .set = SYS_ATTR_IDMAP, .userns = (uint64_t)userns };
	return sys_mount_setattr(tree, "", AT_EMPTY_PATH | SYS_TREE_RECURSIVE, &attr) < 0 ? errno : 0;
}
