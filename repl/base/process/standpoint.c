#include "base/process/standpoint.h"

#include <stdio.h>
#include <sys/stat.h>

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

bool standpoint_same(const struct standpoint *a, const struct standpoint *b)
{
	return a->mnt && a->mnt == b->mnt && a->user == b->user && a->root == b->root && a->device == b->device;
}
