/* Parts of plans: idmapped mounts, which give the host's files to a container whose ids are
 * nobody's on the host: mount_setattr(2). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/await.h"
#include "base/fd.h"
#include "base/process/proc.h"
#include "base/syscalls.h"
#include "snapshot/facts.h"
#include "words/plans/container/container.h"

enum { PATIENCE = 10000 /* ms for a process that does one thing */ };

/* ---- the host's files ---- */

void plan_host_tree(const struct context *context, struct plan *plan, const char *source, const char *at,
		    unsigned how, bool idmap)
{
	bool at_once = facts_kernel(context->facts, 5, 12);
	struct op *op = plan_add(plan, OP_move_mount);

	op->move_mount.tree.path = source;
	op->move_mount.tree.flags = FD_OPEN_TREE | (idmap ? FD_IDMAP : 0);
	op->move_mount.tree.attributes = at_once ? (unsigned)bind_flags(how) : 0; /* MOUNT_ATTR_* are the same bits */
	op->move_mount.target = at;
	op->move_mount.idmap = idmap;
	if (!at_once)
		plan_restrict(context, plan, source, at, how);
	/* The shell has copied mounts of the host, and where these are shared, so are the copies: what is
	 * mounted on them in there would be on the host. Nothing is on a layer. */
	if (how)
		plan_propagation(plan, at, MS_REC | MS_PRIVATE);
}

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
