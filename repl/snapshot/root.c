/* The "/" of a process, and the root of its mount namespace: after pivot_root(2) they are one
 * folder, after chroot(2) two. Nothing in /proc names the second. But "..", from the first
 * upwards, ends at it: the kernel stops a walk at the root of whoever walks, and we are in another
 * mount namespace and do not meet ours. path_resolution(7). */
#include "snapshot/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file/statx.h"
#include "base/syscalls.h"

enum { ROUNDS = 64, TRIES = 32 };

/* As far up as one call goes; at the top ".." stays where it is. */
static const char up[] = "../../../../../../../../../../../../../../../../../../../../../../"
			 "../../../../../../../../../..";

bool folder_same(const struct folder *a, const struct folder *b)
{
	return a->inode && a->inode == b->inode && a->major == b->major && a->minor == b->minor;
}

bool folder_same_place(const struct folder *a, const struct folder *b)
{
	return folder_same(a, b) && a->mount == b->mount;
}

static int look_at(int dirfd, const char *name, struct folder *ret)
{
	struct statx st;

	if (statx(dirfd, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH),
		  STATX_INO | STATX_MNT_ID, &st) < 0)
		return errno;
	*ret = (struct folder){ st.stx_mnt_id, st.stx_ino, st.stx_dev_major, st.stx_dev_minor };
	return 0;
}

/* A folder of a network's or a program's file system may have to ask before it lets us through. Of
 * those only what the kernel has in its cache is asked. It answers EAGAIN as well where somebody mounts
 * or renames meanwhile, whatever it is. */
static int open_up(int fd, const struct folder *from)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_CACHED };
	int ret = sys_openat2(fd, up, &how);
	bool disk = from->major != 0;

	for (int try = 1; ret < 0 && errno == EAGAIN && !disk && try < TRIES; try++)
		ret = sys_openat2(fd, up, &how);

	if (ret >= 0 || !(errno == ENOSYS || errno == EINVAL || (errno == EAGAIN && disk)))
		return (int)ret;
	return openat(fd, up, O_PATH | O_CLOEXEC);
}

static int walk(int proc, struct folder at, struct folder *ret)
{
	cleanup_fd int fd = openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (int round = 0; fd >= 0 && round < ROUNDS; round++) {
		struct folder above;
		int higher = open_up(fd, &at);
		if (higher < 0)
			return errno;
		close(fd);
		fd = higher;
		int code = look_at(fd, "", &above);
		if (code)
			return code;
		if (folder_same_place(&above, &at)) {
			*ret = above;
			return 0;
		}
		at = above;
	}
	return fd < 0 ? errno : ELOOP;
}

void root_find(int proc, struct reading *ret)
{
	ret->top_code = look_at(proc, "root", &ret->slash);
	if (ret->top_code)
		return;
	/* The link's name begins at the root of the mount namespace. */
	if (strcmp(ret->root, "/") == 0)
		ret->top = ret->slash;
	else
		ret->top_code = walk(proc, ret->slash, &ret->top);
}

bool root_leave_chroot(void)
{
	struct folder before, after;
	cleanup_fd int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	return own >= 0 && look_at(AT_FDCWD, "/", &before) == 0 && setns(own, CLONE_NEWNS) == 0 && look_at(AT_FDCWD, "/", &after) == 0 &&
	       !folder_same_place(&before, &after);
}
