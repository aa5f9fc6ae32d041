#include "base/process/standpoint.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file/statx.h"

/* A file of the process's folder in /proc, what a link there leads to. false where it cannot be looked at. */
static bool look(pid_t pid, const char *name, struct stat *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return stat(path, ret) == 0;
}

struct standpoint standpoint_of(pid_t pid)
{
	struct standpoint ret = { 0 };
	struct stat mnt, user, root;

	if (!look(pid, "ns/mnt", &mnt) || !look(pid, "ns/user", &user) || !look(pid, "root/", &root))
		return ret;
	return (struct standpoint){ mnt.st_ino, user.st_ino, root.st_ino, root.st_dev };
}

bool standpoint_leave_chroot(void)
{
	const unsigned wanted = STATX_INO | STATX_MNT_ID;
	struct statx before, after;
	cleanup_fd int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (own < 0 || statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, wanted, &before) < 0 || setns(own, CLONE_NEWNS) < 0 ||
	    statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, wanted, &after) < 0)
		return false;
	return before.stx_ino != after.stx_ino || before.stx_dev_major != after.stx_dev_major ||
	       before.stx_dev_minor != after.stx_dev_minor || before.stx_mnt_id != after.stx_mnt_id;
}

bool standpoint_same(const struct standpoint *a, const struct standpoint *b)
{
	return a->mnt && a->mnt == b->mnt && a->user == b->user && a->root == b->root && a->device == b->device;
}
