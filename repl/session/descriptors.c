/* The descriptors that ops need: files, namespaces, copies of mounts that the shell opens for the child; and folders that
 * children have handed to the shell. */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/process/proc.h"
#include "base/syscalls.h"
#include "child/child.h"
#include "session/performing.h"
#include "snapshot/look.h"

static void expand(const char *path, pid_t pid, char *ret, size_t size)
{
	const char *mark = strstr(path, "%p");

	if (mark)
		snprintf(ret, size, "%.*s%d%s", (int)(mark - path), path, pid, mark + 2);
	else
		snprintf(ret, size, "%s", path);
}

/* "/proc/PID/...": open it below the process's own folder, whoever has its pid by now. */
static int open_path(const char *path, int flags, struct child *child)
{
	int pid, end = 0;

	if (sscanf(path, "/proc/%9d/%n", &pid, &end) != 1 || !end)
		return open(path, flags | O_CLOEXEC);
	int proc = child && child->pid == pid ? child_proc(child) : proc_of(pid);
	return proc < 0 ? -1 : openat(proc, path + end, flags | O_CLOEXEC);
}

static int open_owner(const char *path, struct child *child)
{
	cleanup_fd int fd = open_path(path, O_RDONLY, child);

	return fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
}

/* A copy of the mounts at path, with the attributes that it should have. Only the owner of a file
 * system may map its ids: the shell does it for the child, which has no rights there. */
static int open_tree(const struct op_fd *fd, const char *path, struct child *child)
{
	struct sys_mount_attr attr = { .set = fd->attributes };
	cleanup_fd int tree = sys_open_tree(AT_FDCWD, path, SYS_TREE_CLONE | SYS_TREE_RECURSIVE);
	cleanup_fd int userns = -1;

	if (tree < 0)
		return -1;
	if (fd->flags & FD_IDMAP) {
		int proc = child ? child_proc(child) : -1;
		userns = proc < 0 ? -1 : openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
		if (userns < 0)
			return -1;
		attr.set |= SYS_ATTR_IDMAP;
		attr.userns = (uint64_t)userns;
	}
	if (attr.set && sys_mount_setattr(tree, "", AT_EMPTY_PATH | SYS_TREE_RECURSIVE, &attr) < 0)
		return -1;
	return steal_fd(&tree);
}

static int open_one(struct op_fd *fd, struct child *child)
{
	char path[4096];

	expand(fd->path, child ? child->pid : 0, path, sizeof(path));
	if (fd->flags & FD_OPEN_TREE)
		return open_tree(fd, path, child);
	if (fd->flags & FD_CHILDS)
		return child ? look_open_in(child_proc(child), fd->path, (fd->flags & ~FD_CHILDS) | O_NOCTTY) : (errno = ESRCH, -1);
	if (fd->flags & FD_NS_OWNER)
		return open_owner(path, child);
	return open_path(path, fd->flags | O_NOCTTY, child);
}

int descriptors_open(struct op *op, struct child *child)
{
	for (const struct field *field = op_info(op->kind)->fields; field->name; field++) {
		struct op_fd *fd = (void *)((char *)op + field->at);
		if (field->kind != FIELD_FD || !fd->path || fd->fd >= 0)
			continue;
		fd->fd = open_one(fd, child);
		if (fd->fd < 0)
			return -1;
	}
	return 0;
}

void descriptors_close(struct op *op)
{
	for (const struct field *field = op_info(op->kind)->fields; field->name; field++) {
		struct op_fd *fd = (void *)((char *)op + field->at);
		if (field->kind == FIELD_FD && fd->fd >= 0)
			close(steal_fd(&fd->fd));
	}
}

/* A path is valid in one mount namespace: compare that, which also covers a program that the child
 * became or started. */
static bool same_mounts(struct child *child, pid_t pid)
{
	struct stat own, other;

	return fstatat(child_proc(child), "ns/mnt", &own, 0) == 0 &&
	       fstatat(proc_of(pid), "ns/mnt", &other, 0) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

static int find_kept(struct child *child, pid_t pid, const char *path, const char **inside)
{
	if (!child || !child->kept_count || (child->pid != pid && !same_mounts(child, pid)))
		return -1;
	/* The last one of a name is the one that is mounted on top. */
	for (size_t i = child->kept_count; i-- > 0;) {
		*inside = path_inside(child->kept[i].path, path);
		if (*inside)
			return child->kept[i].fd;
	}
	return -1;
}

int session_handed(const struct session *session, pid_t pid, const char *path,
		   const char **inside)
{
	int fd = -1;

	for (const struct sibling *sibling = &session->first; fd < 0 && sibling; sibling = sibling->next)
		fd = find_kept(sibling->child, pid, path, inside);
	for (size_t i = session->job_count; fd < 0 && i-- > 0;)
		fd = find_kept(session->jobs[i].program.child, pid, path, inside);
	return fd;
}
