/* Mounts and roots. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe/probe.h"

/* To the flags it has: nothing changes. Where / is not a mount it is EINVAL, after the check. */
void try_remount(struct verdict *verdict)
{
	static const struct { unsigned long seen, flag; } flags[] = {
		{ ST_RDONLY, MS_RDONLY }, { ST_NOSUID, MS_NOSUID }, { ST_NODEV, MS_NODEV },
		{ ST_NOEXEC, MS_NOEXEC }, { ST_NOATIME, MS_NOATIME },
		{ ST_NODIRATIME, MS_NODIRATIME }, { ST_RELATIME, MS_RELATIME },
	};
	unsigned long same = 0;
	struct statvfs st;

	if (statvfs("/", &st) < 0) {
		verdict->code = errno;
		return;
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		same |= st.f_flag & flags[i].seen ? flags[i].flag : 0;
	judge(verdict, mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | same, NULL));
}

/* This is not a mount point, which the kernel checks after the right to unmount. */
void try_umount(struct verdict *verdict)
{
	judge(verdict, umount2("/proc/self/task", MNT_DETACH));
}

/* There is no such file system, which the kernel looks up after the right to mount. */
void try_mount(struct verdict *verdict)
{
	judge(verdict, mount("none", "/", "stave-none", 0, NULL));
}

void try_open_tree(struct verdict *verdict)
{
	judge(verdict, syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC));
}

void try_fsopen(struct verdict *verdict)
{
	judge(verdict, syscall(SYS_fsopen, "tmpfs", 1 /* FSOPEN_CLOEXEC */));
}

/* The root itself cannot be the new root: EBUSY, after the check. */
void try_pivot(struct verdict *verdict)
{
	judge(verdict, syscall(SYS_pivot_root, "/", "/"));
}

void try_unshare_mnt(struct verdict *verdict)
{
	judge_strictly(verdict, unshare(CLONE_NEWNS));
}

void try_setns(struct verdict *verdict)
{
	static const struct { const char *name; int flag; } types[] = {
#define NAMESPACE(type, name, long_name, flag, isolates) { name, flag },
#include "base/process/namespaces.h"
#undef NAMESPACE
	};
	/* Joining these moves only the children, or is every process's own affair. */
	const int others = CLONE_NEWPID | CLONE_NEWTIME | CLONE_NEWUSER;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char path[32];
		if (types[i].flag & others)
			continue;
		snprintf(path, sizeof(path), "/proc/1/ns/%s", types[i].name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, 0) < 0) {
			stopped(verdict, errno, fd < 0 ? "%s cannot be opened" : NULL, path);
			continue;
		}
		succeeded(verdict, "%s", path);
		return;
	}
}

/* The handle of an inode that every file system has, its root; the right to it is looked at
 * before it is decoded. */
void try_handle(struct verdict *verdict)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + 8];
	} of = { .handle = { .handle_bytes = 8, .handle_type = 1 } };
	unsigned inode[2] = { 2, 0 };
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	memcpy(of.handle.f_handle, inode, sizeof(inode));
	judge(verdict, open_by_handle_at(fd, &of.handle, O_PATH | O_CLOEXEC));
}

/* The well-known way out of a chroot(2): change the root to a folder below, keep a descriptor of
 * what is above, go up from there. */
void try_chroot(struct verdict *verdict)
{
	struct stat was, is;
	int kept = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (stat("/", &was) < 0 || chroot("/proc") < 0 || fchdir(kept) < 0) {
		stopped(verdict, errno, NULL);
		return;
	}
	for (int up = 0; up < 64; up++)
		if (chdir("..") < 0)
			break;
	if (stat(".", &is) < 0)
		stopped(verdict, errno, NULL);
	else if (is.st_dev == was.st_dev && is.st_ino == was.st_ino)
		stopped(verdict, 0, "nothing is above its root");
	else
		succeeded(verdict, "another root is above");
}

/* PROBE_FILE: DEVICE:INODE:PATH of a file of the host's. */
void try_host_file(struct verdict *verdict)
{
	const char *file = told(verdict, "PROBE_FILE");
	unsigned long long device, inode;
	struct stat st;
	int path = 0;

	if (!file)
		return;
	if (sscanf(file, "%llu:%llu:%n", &device, &inode, &path) != 2 || !path)
		return;
	if (stat(file + path, &st) < 0)
		stopped(verdict, errno, "%s", file + path);
	else if (st.st_dev == device && st.st_ino == inode)
		succeeded(verdict, "%s", file + path);
	else
		stopped(verdict, 0, "%s is another file", file + path);
}

/* The folders named in the options of an overlay, by their paths on the host. */
void try_layers(struct verdict *verdict)
{
	static const char *const options[] = { "lowerdir=", "upperdir=", "workdir=" };
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t room = 0;

	absent(verdict, "its root is not a union");
	while (mounts && getline(&line, &room, mounts) > 0) {
		const char *type = strstr(line, " - overlay ");
		for (size_t i = 0; type && i < 3; i++) {
			const char *option = strstr(type, options[i]);
			char path[512];
			struct stat st;
			if (!option || sscanf(option + strlen(options[i]), "%511[^,: \n]", path) != 1)
				continue;
			if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
				succeeded(verdict, "%s", path);
				return;
			}
			stopped(verdict, ENOENT, "%s", path);
		}
	}
}
