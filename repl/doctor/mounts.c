/* Trials: mounts, the root, devices. Each stands in an empty tmpfs of its own. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "doctor/ground.h"
#include "snapshot/eyes/idmap.h"

static int mount_here(const char *type, unsigned long flags, const char *data, struct outcome *outcome)
{
	if (mkdir("on", 0755) < 0)
		return trial_failed(outcome, type, "mkdir(\"on\")");
	if (mount(type, "on", type, flags, data) < 0)
		return trial_failed(outcome, type, "mount(\"%s\", ..., \"%s\", %s%s%s, %s)", type, type, flags ? "MS_NOSUID" : "0",
				    flags & MS_NODEV ? "|MS_NODEV" : "", flags & MS_NOEXEC ? "|MS_NOEXEC" : "", data ? data : "NULL");
	return 0;
}

int try_tmpfs(const struct trial *trial, struct outcome *outcome)
{
	(void)trial, (void)outcome;
	return 0; /* it stands on one */
}

static int mount_proc(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	return mount_here("proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, outcome);
}

/* It shows the pid namespace of who mounts it, which has to be its owner's. */
int try_proc(const struct trial *trial, struct outcome *outcome)
{
	if (unshare(CLONE_NEWPID) < 0)
		return trial_failed(outcome, "pid", "unshare(CLONE_NEWPID)");
	return ground_in_child(mount_proc, trial, outcome);
}

/* It shows the network namespace of who mounts it, which has to be its owner's. */
int try_sysfs(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	if (unshare(CLONE_NEWNET) < 0)
		return trial_failed(outcome, "net", "unshare(CLONE_NEWNET)");
	return mount_here("sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, outcome);
}

int try_devpts(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	return mount_here("devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620", outcome);
}

int try_mqueue(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	if (unshare(CLONE_NEWIPC) < 0)
		return trial_failed(outcome, "ipc", "unshare(CLONE_NEWIPC)");
	return mount_here("mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, outcome);
}

int try_overlay(const struct trial *trial, struct outcome *outcome)
{
	static const char *const folders[] = { "lower", "upper", "work" };

	(void)trial;
	for (size_t i = 0; i < 3; i++)
		if (mkdir(folders[i], 0755) < 0)
			return trial_failed(outcome, "overlay", "mkdir(\"%s\")", folders[i]);
	return mount_here("overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work", outcome);
}

/* A device may be made by root alone; anybody else binds one of the host's. */
int try_devices(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	if (mknod("null", S_IFCHR | 0666, makedev(1, 3)) == 0)
		return 0;
	cleanup_fd int fd = open("null", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return trial_failed(outcome, "null", "open(\"null\", O_CREAT)");
	if (mount("/dev/null", "null", NULL, MS_BIND, NULL) < 0)
		return trial_failed(outcome, "/dev/null", "mount(\"/dev/null\", \"null\", NULL, MS_BIND, NULL)");
	return 0;
}

int try_pivot(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	if (mount_here("tmpfs", 0, NULL, outcome) < 0)
		return -1;
	if (chdir("on") < 0 || sys_pivot_root(".", ".") < 0)
		return trial_failed(outcome, "root", "pivot_root(\".\", \".\")");
	if (umount2(".", MNT_DETACH) < 0)
		return trial_failed(outcome, "root", "umount2(\".\", MNT_DETACH)");
	return 0;
}

int try_idmapped(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	errno = idmap_refused(".");
	return errno ? trial_failed(outcome, errno == ENOSPC ? "user" : "tmpfs", "mount_setattr(MOUNT_ATTR_IDMAP)") : 0;
}
