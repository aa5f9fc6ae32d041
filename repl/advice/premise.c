/* The premise of each cause: a state without it cannot be explained by the cause, whatever a question found.
 * user_namespaces(7), capabilities(7), seccomp(2). */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/list.h"
#include "ops/op.h"
#include "snapshot/facts.h"

enum {
	IN_USERNS = 1 << 0,   /* the child is in a user namespace of its own */
	IN_HOSTS = 1 << 1,    /* it is in the host's */
	ORDINARY = 1 << 2,    /* the shell is no root */
	HAS_CAP = 1 << 3,     /* the child has the capability that the call takes */
	LACKS_CAP = 1 << 4,
	FILTERED = 1 << 5,    /* a filter of a step's checks its calls */
	OUTER_FILTER = 1 << 6, /* a filter checks the shell's own */
	HAS_MOUNTS = 1 << 7,  /* its mount table could be read */
	HAS_CHILD = 1 << 8,   /* there is a child to look at */
};

/* codes: the errnos that it explains, ended by 0; none: any. */
static const struct premise { unsigned state; int codes[4]; } premises[CAUSE_COUNT] = {
	[CAUSE_CAPS_GIVEN_UP] = { LACKS_CAP, { EPERM } },
	[CAUSE_CAPS_MISSING] = { LACKS_CAP | ORDINARY, { EPERM } },
	[CAUSE_CAPS_DROPPED] = { LACKS_CAP, { EPERM } },
	[CAUSE_SECCOMP_OUTER] = { OUTER_FILTER, { EPERM, ENOSYS, EACCES } },
	[CAUSE_SECCOMP_OWN] = { FILTERED, { 0 } },
	[CAUSE_USERNS_FORBIDDEN] = { 0, { EPERM, ENOSPC, EACCES } },
	[CAUSE_USERNS_CHROOT] = { 0, { EPERM } },
	[CAUSE_NS_OWNER] = { IN_USERNS | HAS_CAP | HAS_CHILD, { EPERM, EACCES } },
	[CAUSE_USERNS_UNMAPPED] = { IN_HOSTS, { EPERM } },
	[CAUSE_NS_DEPTH] = { HAS_CHILD, { ENOSPC } },
	[CAUSE_NS_UNKNOWN] = { 0, { EINVAL, ENOENT } },
	[CAUSE_FORK_NO_INIT] = { HAS_CHILD, { ENOMEM } },
	[CAUSE_FORK_PIDS_MAX] = { 0, { EAGAIN } },
	[CAUSE_FORK_PIDS_ALL] = { 0, { EAGAIN } },
	[CAUSE_FILE_FULL] = { HAS_CHILD | HAS_MOUNTS, { ENOSPC } },
	[CAUSE_FILE_NO_INODES] = { HAS_CHILD | HAS_MOUNTS, { ENOSPC } },
	[CAUSE_FILE_FOLDER] = { HAS_CHILD, { EISDIR } },
	[CAUSE_FILE_FIXED] = { HAS_CHILD | HAS_MOUNTS, { ENOENT, EPERM, EACCES } },
	[CAUSE_FILE_LINKS] = { HAS_CHILD, { ELOOP } },
	[CAUSE_FILE_MAGIC] = { HAS_CHILD, { ELOOP } },
	[CAUSE_FILE_NAME_LONG] = { HAS_CHILD, { ENAMETOOLONG } },
	[CAUSE_UMOUNT_DEVICE] = { HAS_MOUNTS, { EBUSY } },
	[CAUSE_IDMAP_OVERLAP] = { 0, { EINVAL } },
	[CAUSE_IDMAP_INVALID] = { 0, { EINVAL } },
	[CAUSE_LANDLOCK_MOUNTS] = { HAS_CAP | HAS_CHILD, { EPERM } },
	[CAUSE_CGROUP_RANGE] = { 0, { EINVAL, ERANGE } },
	[CAUSE_FORK_ULIMIT] = { 0, { EAGAIN } },
	[CAUSE_NS_LIMIT] = { 0, { ENOSPC } },
	[CAUSE_MOUNT_WRITTEN] = { HAS_MOUNTS, { EBUSY } },
	[CAUSE_MOUNT_HIERARCHY] = { 0, { EBUSY } },
	[CAUSE_MOUNT_TWICE] = { HAS_MOUNTS, { EBUSY } },
	[CAUSE_MOUNT_TYPE] = { 0, { ENODEV } },
	[CAUSE_MOUNT_EMPTY] = { HAS_CHILD, { EIO } },
	[CAUSE_MOUNT_NO_REMOUNT] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_MOUNT_LOCKED_FLAGS] = { IN_USERNS | HAS_MOUNTS, { EPERM } },
	[CAUSE_MOUNT_MANY] = { HAS_MOUNTS, { ENOSPC } },
	[CAUSE_MOUNT_ID] = { IN_USERNS, { EINVAL } },
	[CAUSE_BIND_UNBINDABLE] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_BIND_UNCOVERS] = { IN_USERNS | HAS_MOUNTS, { EINVAL } },
	[CAUSE_MOUNT_NAMESPACE] = { 0, { EPERM } },
	[CAUSE_MOUNT_COVERED] = { IN_USERNS | HAS_MOUNTS, { EPERM } },
	[CAUSE_MOUNT_NONE_SEEN] = { IN_USERNS | HAS_MOUNTS, { EPERM } },
	[CAUSE_MOUNT_INITIAL] = { IN_USERNS | HAS_CAP, { EPERM } },
	[CAUSE_MOUNT_OTHERS] = { IN_USERNS | HAS_CAP | HAS_MOUNTS, { EPERM } },
	[CAUSE_OVERLAY_OLD] = { IN_USERNS, { EPERM } },
	[CAUSE_OVERLAY_UPPER_OVERLAY] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_OVERLAY_WORK_ELSEWHERE] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_UMOUNT_NOTHING] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_UMOUNT_LOCKED] = { HAS_MOUNTS | IN_USERNS, { EINVAL } },
	[CAUSE_UMOUNT_ROOT] = { HAS_MOUNTS, { EINVAL, EBUSY } },
	[CAUSE_UMOUNT_MOUNTS] = { HAS_MOUNTS, { EBUSY } },
	[CAUSE_UMOUNT_USED] = { HAS_MOUNTS, { EBUSY } },
	[CAUSE_PROPAGATION_NO_MOUNT] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_PROPAGATION_CHROOT] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_PIVOT_ROOT_NO_MOUNT] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_PIVOT_NO_MOUNT] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_PIVOT_SHARED] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_PIVOT_ROOT_SHARED] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_PIVOT_LOCKED] = { IN_USERNS | HAS_MOUNTS, { EINVAL } },
	[CAUSE_FILE_PATH_LONG] = { HAS_CHILD, { ENAMETOOLONG } },
	[CAUSE_FILE_DANGLING] = { HAS_CHILD, { ENOENT, EEXIST } },
	[CAUSE_CGROUP_READ_ONLY] = { 0, { EROFS } },
	[CAUSE_FILE_SYSTEM_RO] = { HAS_CHILD | HAS_MOUNTS, { EROFS } },
	[CAUSE_FILE_DENIED] = { 0, { EACCES } },
	[CAUSE_FUSE_OPTIONS] = { 0, { EINVAL } },
	[CAUSE_FUSE_FD] = { HAS_CHILD, { EINVAL } },
	[CAUSE_FUSE_OTHER] = { HAS_MOUNTS, { EACCES } },
	[CAUSE_EXEC_X_OTHERS] = { HAS_CHILD, { EACCES } },
	[CAUSE_EXEC_ARGUMENT] = { 0, { E2BIG } },
	[CAUSE_MOUNT_DEVICE_RO] = { HAS_CHILD, { EACCES } },
	[CAUSE_NS_PENDING] = { HAS_CHILD, { EINVAL } },
	[CAUSE_SETNS_ZOMBIE] = { 0, { ENOENT, ESRCH } },
	[CAUSE_XATTR_TRUSTED] = { 0, { EPERM } },
	[CAUSE_XATTR_OWNER] = { HAS_CHILD, { EPERM } },
	[CAUSE_NET_MULTICAST] = { 0, { EADDRNOTAVAIL } },
	[CAUSE_CGROUP_DEPTH] = { 0, { EAGAIN } },
	[CAUSE_PIVOT_OLD_OUTSIDE] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_PIVOT_OLD_SHARED] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_PIVOT_SAME] = { HAS_MOUNTS, { EBUSY } },
	[CAUSE_PIVOT_MISSING] = { HAS_CHILD, { ENOENT } },
	[CAUSE_PIVOT_NO_FOLDER] = { HAS_CHILD, { ENOTDIR } },
	[CAUSE_PIVOT_INITRAMFS] = { HAS_MOUNTS, { EINVAL } },
	[CAUSE_EXEC_WORKDIR_MISSING] = { HAS_CHILD, { ENOENT, ENOTDIR } },
	[CAUSE_EXEC_PATH] = { HAS_CHILD, { ENOENT } },
	[CAUSE_EXEC_MISSING] = { HAS_CHILD, { ENOENT, ENOTDIR } },
	[CAUSE_EXEC_LANDLOCK] = { HAS_CHILD, { EACCES } },
	[CAUSE_EXEC_FOLDER] = { HAS_CHILD, { EACCES } },
	[CAUSE_EXEC_NO_X] = { HAS_CHILD, { EACCES } },
	[CAUSE_EXEC_NOEXEC] = { HAS_CHILD | HAS_MOUNTS, { EACCES } },
	[CAUSE_EXEC_NO_INTERPRETER] = { HAS_CHILD, { ENOENT } },
	[CAUSE_EXEC_LINE_EMPTY] = { HAS_CHILD, { ENOEXEC } },
	[CAUSE_EXEC_LINE_LONG] = { HAS_CHILD, { ENOEXEC } },
	[CAUSE_EXEC_CARRIAGE] = { HAS_CHILD, { ENOENT } },
	[CAUSE_EXEC_DEPTH] = { HAS_CHILD, { ELOOP } },
	[CAUSE_EXEC_NO_LOADER] = { HAS_CHILD, { ENOENT } },
	[CAUSE_EXEC_MACHINE] = { HAS_CHILD, { ENOEXEC } },
	[CAUSE_PROCESS_OUTSIDE] = { IN_USERNS, { EACCES, EPERM } },
	[CAUSE_SETNS_CLOSED] = { 0, { EACCES } },
	[CAUSE_SETNS_USER] = { 0, { EACCES } },
	[CAUSE_SETNS_MORE] = { 0, { EACCES } },
	[CAUSE_SETNS_NOT_BELOW] = { IN_USERNS, { EPERM } },
	[CAUSE_SETNS_FOREIGN] = { IN_USERNS, { EPERM } },
	[CAUSE_SETNS_NO_CAPS] = { ORDINARY | IN_HOSTS, { EPERM } },
	[CAUSE_SETNS_NOT_OWNER] = { ORDINARY | IN_HOSTS, { EPERM } },
	[CAUSE_LSM_USERNS] = { IN_USERNS | HAS_CHILD, { EPERM, EACCES } },
	[CAUSE_LSM_APPARMOR] = { HAS_CAP | HAS_CHILD, { EPERM, EACCES } },
	[CAUSE_LSM_SELINUX] = { HAS_CAP | HAS_CHILD, { EPERM, EACCES } },
	[CAUSE_SETNS_PID] = { 0, { EINVAL } },
};

bool has_own(const struct failure *at, enum ns_link link)
{
	return ns_own(at->child, at->host, link);
}

bool has_cap(const struct failure *at, int cap)
{
	return at->child->cap_effective >> cap & 1;
}

/* The state, as the bits above. */
static unsigned state_of(const struct failure *at)
{
	int needs = op_info(at->op->kind)->needs;
	bool outer = at->host->seccomp == 2;
	unsigned ret = has_own(at, NS_USER) ? IN_USERNS : IN_HOSTS;

	ret |= at->facts->root ? 0 : ORDINARY;
	ret |= !needs || has_cap(at, needs) ? HAS_CAP : LACKS_CAP;
	ret |= outer ? OUTER_FILTER : 0;
	ret |= at->child->seccomp == 2 && (!outer || at->child->filters > at->host->filters) ? FILTERED : 0;
	ret |= at->child->mounts ? HAS_MOUNTS : 0;
	ret |= at->pid ? HAS_CHILD : 0;
	return ret;
}

bool premise_holds(const struct failure *at, enum cause_id cause)
{
	const struct premise *premise = &premises[cause];
	bool explains = !premise->codes[0];

	for (size_t i = 0; i < COUNT(premise->codes) && premise->codes[i]; i++)
		explains = explains || premise->codes[i] == at->outcome->code;
	return explains && !(premise->state & ~state_of(at));
}

bool ask(question *const list[], const struct failure *at, struct error *err)
{
	const struct error before = *err;

	for (; *list; list++) {
		if ((*list)(at, err) && (!err->cause[0] || premise_holds(at, (enum cause_id)cause_called(err->cause))))
			return true;
		*err = before;
	}
	return false;
}
