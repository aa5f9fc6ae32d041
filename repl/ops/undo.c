#include "ops/undo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/remove.h"
#include "base/text.h"

/* The same thing that was made, and not another that has taken its name. */
static bool is_ours(const struct undo *undo, int dirfd, const char *name)
{
	struct stat now;

	if (fstatat(dirfd, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	return undo->inode == 0 || (now.st_dev == undo->device && now.st_ino == undo->inode);
}

/* Overlay leaves a folder of mode 000 in its work folder, and in that what it was deleting. */
static void remove_overlay_work(int dirfd, const char *name)
{
	cleanup_fd int above = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (above < 0 || fstatat(above, "work", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(st.st_mode) || (st.st_mode & 07777) != 0 ||
	    fchmodat(above, "work", 0700, 0) < 0)
		return;
	int work = openat(above, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = work < 0 ? NULL : fdopendir(work);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] == '#')
			unlinkat(work, entry->d_name, 0);
	if (folder)
		closedir(folder);
	unlinkat(above, "work", AT_REMOVEDIR);
}

bool undo_passes(int fd)
{
	cleanup_text struct text mounts = { 0 };
	struct statfs fs;
	struct stat st;
	char device[40];

	if (fd < 0 || fstatfs(fd, &fs) < 0 ||
	    (fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC) || fstat(fd, &st) < 0 ||
	    read_file(AT_FDCWD, "/proc/self/mountinfo", 1 << 26, &mounts) < 0 || !mounts.len)
		return false;
	snprintf(device, sizeof(device), " %u:%u ", major(st.st_dev), minor(st.st_dev));
	return !strstr(mounts.s, device);
}

static int remove_name(const struct undo *undo, int flags, struct error *err)
{
	int dirfd = undo->parent >= 0 ? undo->parent : AT_FDCWD;
	const char *name = undo->parent >= 0 ? path_name(undo->path) : undo->path;

	if (!is_ours(undo, dirfd, name))
		return 0;
	if (flags)
		remove_overlay_work(dirfd, name);
	if (unlinkat(dirfd, name, flags) == 0 || errno == ENOENT)
		return 0;
	int code = errno;
	if (undo->passes || undo_passes(undo->parent))
		return 0;
	fail(err, code, "%s %s", flags ? "rmdir" : "unlink", vis(undo->path));
	if (err->code == ENOTEMPTY || err->code == EEXIST)
		fail_why(err, "there are files in it now; it stays");
	return -1;
}

/* All that is in it goes too: so only what is known to be the very folder that was made. */
static int remove_made(const struct undo *undo, struct error *err)
{
	int dirfd = undo->parent >= 0 ? undo->parent : AT_FDCWD;
	const char *name = undo->parent >= 0 ? path_name(undo->path) : undo->path;

	if (undo->inode == 0 || !is_ours(undo, dirfd, name) || remove_tree(dirfd, name) == 0 ||
	    errno == ENOENT)
		return 0;
	return fail(err, errno, "remove %s", vis(undo->path));
}

static void nap(long milliseconds)
{
	nanosleep(&(struct timespec){ .tv_nsec = milliseconds * 1000000 }, NULL);
}

/* End every process of a group: cgroup.kill (Linux 5.14), or a signal to each. Not where this
 * process or its parent is among them: the shell's own group is no sandbox. */
static void kill_members(int group)
{
	cleanup_text struct text members = { 0 };
	pid_t pids[256];
	size_t count = 0;
	char *save = NULL;

	if (read_file(group, "cgroup.procs", 1 << 20, &members) < 0 || !members.len)
		return;
	for (char *line = strtok_r(members.s, "\n", &save); line && count < 256;
	     line = strtok_r(NULL, "\n", &save)) {
		pids[count] = atoi(line);
		if (pids[count] <= 1 || pids[count] == getpid() || pids[count] == getppid())
			return;
		count++;
	}
	if (write_control(group, "cgroup.kill", "1") == 0)
		return;
	/* Frozen, none can start another meanwhile; on v1 they end only when they are thawed. */
	write_control(group, "freezer.state", "FROZEN");
	for (size_t i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	write_control(group, "freezer.state", "THAWED");
}

static bool is_empty(int group)
{
	cleanup_text struct text members = { 0 };

	return read_file(group, "cgroup.procs", 1 << 20, &members) == 0 && members.len == 0;
}

int undo_kill_group(int group)
{
	for (int tries = 0; tries < 400; tries++) {
		if (is_empty(group))
			return 0;
		kill_members(group);
		nap(tries < 50 ? 1 : 5);
	}
	errno = EBUSY;
	return -1;
}

static int remove_group(int parent, const char *name, int depth);

static void remove_groups_in(int group, int depth)
{
	int copy = openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);

	if (!folder) {
		if (copy >= 0)
			close(copy);
		return;
	}
	for (struct dirent *entry; (entry = readdir(folder));)
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			remove_group(group, entry->d_name, depth + 1);
	closedir(folder);
}

/* A group's folder goes once its processes have been reaped, which takes them a moment. */
static int remove_group(int parent, const char *name, int depth)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	cleanup_fd int group = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	for (int tries = 0; group >= 0 && tries < 400; tries++) {
		kill_members(group);
		if (depth < 16)
			remove_groups_in(group, depth);
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		nap(tries < 50 ? 1 : 5);
	}
	return -1;
}

int undo_vacate(const char *from, const char *to)
{
	cleanup_text struct text members = { 0 };
	cleanup_arena struct arena arena = { 0 };
	char *save = NULL;

	if (read_file(AT_FDCWD, path_join(&arena, from, "cgroup.procs"), 1 << 20, &members) < 0)
		return -1;
	const char *file = path_join(&arena, to, "cgroup.procs");
	for (char *pid = members.len ? strtok_r(members.s, "\n", &save) : NULL; pid;
	     pid = strtok_r(NULL, "\n", &save))
		if (write_control(AT_FDCWD, file, pid) < 0 && errno != ESRCH)
			return -1;
	return 0;
}

int undo_perform(const struct undo *undo, struct error *err)
{
	switch (undo->kind) {
	case UNDO_NONE:
		return 0;
	case UNDO_RMDIR:
		return remove_name(undo, AT_REMOVEDIR, err);
	case UNDO_UNLINK:
		return remove_name(undo, 0, err);
	case UNDO_RMTREE:
		return remove_made(undo, err);
	case UNDO_RMCGROUP:
		if (!is_ours(undo, AT_FDCWD, undo->path) || remove_group(AT_FDCWD, undo->path, 0) == 0)
			return 0;
		fail(err, errno, "rmdir %s", vis(undo->path));
		return fail_why(err, "the group still has processes that cannot be ended");
	case UNDO_WRITE:
		if (write_control(AT_FDCWD, undo->path, undo->value) == 0 || errno == ENOENT)
			return 0;
		return fail(err, errno, "write %s to %s", vis(undo->value), vis(undo->path));
	case UNDO_UMOUNT:
		if (!is_ours(undo, AT_FDCWD, undo->path) ||
		    umount2(undo->path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == EINVAL)
			return 0;
		return fail(err, errno, "umount2(%s)", vis(undo->path));
	case UNDO_HOSTNAME:
		if (sethostname(undo->value, strlen(undo->value)) == 0)
			return 0;
		return fail(err, errno, "sethostname(%s)", vis(undo->value));
	case UNDO_VACATE:
		if (undo_vacate(undo->path, undo->value) == 0 || errno == ENOENT)
			return 0;
		return fail(err, errno, "moving the processes of %s to %s", vis(undo->path),
			    vis(undo->value));
	}
	return 0;
}

void undo_done(struct undo *undo)
{
	if (undo->parent >= 0)
		close(undo->parent);
	free(undo->path);
	free(undo->value);
	*undo = (struct undo){ .parent = -1 };
}
