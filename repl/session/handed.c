/* Folders that children have handed to the shell. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/process/proc.h"
#include "child/child.h"
#include "session/session.h"

/* A path is valid in one mount namespace: compare that, which also covers a program that the child
 * became or started. */
static bool same_mounts(struct child *child, pid_t pid)
{
	struct stat own, other;

	return fstatat(child_proc(child), "ns/mnt", &own, 0) == 0 &&
	       fstatat(proc_of(pid), "ns/mnt", &other, 0) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

static int find(struct child *child, pid_t pid, const char *path, const char **inside)
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
		fd = find(sibling->child, pid, path, inside);
	for (size_t i = session->job_count; fd < 0 && i-- > 0;)
		fd = find(session->jobs[i].program.child, pid, path, inside);
	return fd;
}
