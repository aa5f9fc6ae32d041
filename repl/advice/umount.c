/* Why a mount stays: umount(2). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "base/process/process_stat.h"
#include "ops/op.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"

enum { MAPS_MOST = 1 << 20, LOOPS_MOST = 64 };

static bool nothing_mounted(const struct failure *at, struct error *err)
{
	if (at->outcome->code != EINVAL || !at->child->mounts || mounts_at(at->child->mounts, at->op->umount.target))
		return false;
	fail_cause(err, CAUSE_UMOUNT_NOTHING);
	fail_why(err, "nothing is mounted at %s: it lies on the mount %s", vis(at->op->umount.target),
		 vis(mounts_find(at->child->mounts, at->op->umount.target) ?
		     mounts_find(at->child->mounts, at->op->umount.target)->point : "/"));
	fail_fix(err, "mountinfo lists the mounts");
	return true;
}

/* The / of a process cannot be taken from under it. */
static bool is_root(const struct failure *at, struct error *err)
{
	if (strcmp(at->op->umount.target, "/") != 0 || (at->outcome->code != EINVAL && at->outcome->code != EBUSY))
		return false;
	fail_cause(err, CAUSE_UMOUNT_ROOT);
	fail_why(err, "/ is the child's root, mount %d", mounts_at(at->child->mounts, "/") ? mounts_at(at->child->mounts, "/")->id : 0);
	fail_fix(err, "pivot DIR makes another mount the root, and takes the old one off");
	return true;
}

static bool is_locked(const struct failure *at, struct error *err)
{
	const struct mount *mount = mounts_at(at->child->mounts, at->op->umount.target);

	if (at->outcome->code != EINVAL || !mount)
		return false;
	fail_cause(err, CAUSE_UMOUNT_LOCKED);
	fail_why(err, "mount %d was copied from a more privileged mount namespace, and is locked: what it hides was hidden on "
		 "purpose", mount->id);
	fail_fix(err, "mount something over it, or pivot to another root");
	return true;
}

/* ---- in use ---- */

static bool has_mounts_on_it(const struct failure *at, struct error *err)
{
	const struct mounts *mounts = at->child->mounts;
	const struct mount *mount = mounts_at(mounts, at->op->umount.target);

	for (size_t i = 0; mount && i < mounts->count; i++) {
		if (mounts->list[i].parent != mount->id || mounts->list[i].id == mount->id)
			continue;
		fail_cause(err, CAUSE_UMOUNT_MOUNTS);
		fail_why(err, "mount %d, at %s, is mounted on it", mounts->list[i].id, vis(mounts->list[i].point));
		fail_fix(err, "umount %s first, or umount -l %s takes all of it away", vis(mounts->list[i].point),
			 vis(at->op->umount.target));
		return true;
	}
	return false;
}

/* Whether process pid has a file of the device open. */
static bool has_open(pid_t pid, dev_t device)
{
	char path[300];
	struct stat st;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	DIR *list = opendir(path);
	for (struct dirent *entry; list && !found && (entry = readdir(list));) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, entry->d_name);
		found = entry->d_name[0] != '.' && stat(path, &st) == 0 && st.st_dev == device;
	}
	if (list)
		closedir(list);
	return found;
}

/* The same of a file that lies in its memory, open or not: "ADDRESSES MODE OFFSET 00:2d INODE PATH". */
static bool has_mapped(pid_t pid, dev_t device)
{
	cleanup_text struct text maps = { 0 }, mark = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	text_addf(&mark, " %02x:%02x ", major(device), minor(device));
	return eyes_read(NULL, path, MAPS_MOST, &maps) == 0 && strstr(text_of(&maps), text_of(&mark));
}

/* What of process pid lies on the mount with this number: its working directory, its root, its program, an
 * open file, a mapped one; NULL for nothing that can be seen. */
static const char *uses(pid_t pid, dev_t device)
{
	static const char *const links[] = { "cwd", "root", "exe" };
	static const char *const names[] = { N_("its working directory"), N_("its root"), N_("its program") };
	char path[64];
	struct stat st;

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, links[i]);
		if (stat(path, &st) == 0 && st.st_dev == device)
			return names[i];
	}
	if (has_open(pid, device))
		return N_("a file that it has open");
	return has_mapped(pid, device) ? N_("a file in its memory") : NULL;
}

/* A process of the child's mount namespace that uses it. The numbers of files say on which file system they
 * lie, so a bind of a busy one is not told from that. */
static bool is_used(const struct failure *at, struct error *err)
{
	const struct mount *mount = mounts_at(at->child->mounts, at->op->umount.target);
	DIR *list = mount ? opendir("/proc") : NULL;
	bool found = false;

	for (struct dirent *entry; list && !found && (entry = readdir(list));) {
		pid_t pid = atoi(entry->d_name);
		char link[64];
		struct stat st;
		if (pid <= 0 || pid == getpid())
			continue;
		snprintf(link, sizeof(link), "/proc/%d/ns/mnt", pid);
		if (stat(link, &st) < 0 || st.st_ino != at->child->ns[NS_MNT].id)
			continue;
		const char *what = uses(pid, makedev(mount->major, mount->minor));
		if (!what)
			continue;
		found = true;
		fail_cause(err, CAUSE_UMOUNT_USED);
		fail_why(err, "process %d (%s) uses mount %d: %s lies on it", pid, vis(process_stat(pid).comm), mount->id, _(what));
		fail_fix(err, "umount -l %s detaches it now and releases it when nothing uses it", vis(at->op->umount.target));
	}
	if (list)
		closedir(list);
	return found;
}

/* A loop device keeps its file open by itself. loop(4), LOOP_GET_STATUS64. */
static bool backs_device(const struct failure *at, struct error *err)
{
	const struct mount *mount = mounts_at(at->child->mounts, at->op->umount.target);
	struct loop_info64 info;
	char path[32];

	for (int i = 0; mount && i < LOOPS_MOST; i++) {
		snprintf(path, sizeof(path), "/dev/loop%d", i);
		cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0 || info.lo_device != makedev(mount->major, mount->minor))
			continue;
		fail_cause(err, CAUSE_UMOUNT_DEVICE);
		fail_why(err, "%s has a file of mount %d behind it: inode %llu, %s", path, mount->id, (unsigned long long)info.lo_inode,
			 vis((const char *)info.lo_file_name));
		fail_fix(err, "umount what %s shows, then !losetup -d %s", path, path);
		return true;
	}
	return false;
}

static bool is_busy(const struct failure *at, struct error *err)
{
	return at->outcome->code == EBUSY && (has_mounts_on_it(at, err) || is_used(at, err) || backs_device(at, err));
}

bool advise_umount(const struct failure *at, struct error *err)
{
	static question *const list[] = { nothing_mounted, is_root, is_locked, is_busy, NULL };

	return at->op->kind == OP_umount && at->child->mounts && ask(list, at, err);
}
