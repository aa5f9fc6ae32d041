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
#include "base/text.h"
#include "base/file/remove.h"

/* What bears the name now. */
enum found { FOUND_OURS, FOUND_NOTHING, FOUND_ANOTHER, FOUND_UNSEEN };

static int leave(struct error *err, const struct undo *undo, const char *why)
{
	fail_id(err, ERR_LEFT_ALONE, 0, "%s is left alone", vis(undo->path));
	fail_why(err, "%s", why);
	return 1;
}

/* The folder that the name lies in, and the name. Where no descriptor of it is held only a path
 * from the root means the same to everybody. */
static bool find_place(const struct undo *undo, int *dirfd, const char **name)
{
	bool held = undo->parent >= 0 && undo->kind != UNDO_RMCGROUP;

	*dirfd = held ? undo->parent : AT_FDCWD;
	*name = held ? path_name(undo->path) : undo->path;
	return held || undo->path[0] == '/';
}

/* Whether it is the same thing that was made, and not another that has taken its name. Without its
 * inode a record was written before the thing was made: a folder may go by its name if it is
 * empty, for the name was free then; of a file or a mount nobody can tell whose it is. */
static enum found look(const struct undo *undo, int dirfd, const char *name)
{
	bool by_name = undo->kind == UNDO_RMDIR || undo->kind == UNDO_RMCGROUP;
	struct stat now;

	if (fstatat(dirfd, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return path_is_absent(errno) ? FOUND_NOTHING : FOUND_UNSEEN;
	if (undo->inode == 0)
		return by_name ? FOUND_OURS : FOUND_ANOTHER;
	return now.st_dev == undo->device && now.st_ino == undo->inode ? FOUND_OURS :
									 FOUND_ANOTHER;
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

/* Whether nothing is to be done, or nothing can be: *ret is then what undo_perform() returns. */
static bool is_settled(const struct undo *undo, int *dirfd, const char **name, int *ret,
		       struct error *err)
{
	*ret = 0;
	if (!find_place(undo, dirfd, name)) {
		*ret = leave(err, undo, "no path leads to its folder, and nobody holds it");
		return true;
	}
	switch (look(undo, *dirfd, *name)) {
	case FOUND_OURS:
		return false;
	case FOUND_NOTHING:
		return true;
	case FOUND_ANOTHER:
		*ret = leave(err, undo, undo->inode ? "it is not what was made: another has taken its name" :
			     "it is not known to be what was made");
		return true;
	case FOUND_UNSEEN:
		if (undo->passes || undo_passes(undo->parent))
			return true;
		*ret = fail(err, errno, "stat %s", vis(undo->path));
		return true;
	}
	return true;
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

static int remove_name(const struct undo *undo, int dirfd, const char *name, int flags,
		       struct error *err)
{
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

/* How many bytes its list of processes has; -1 with errno set when it cannot be read. */
static ssize_t members_of(int group)
{
	cleanup_text struct text members = { 0 };

	return read_file(group, "cgroup.procs", 1 << 20, &members) < 0 ? -1 : (ssize_t)members.len;
}

int undo_kill_group(int group)
{
	for (int tries = 0; tries < 400; tries++) {
		ssize_t length = members_of(group);
		if (length <= 0)
			return (int)length;
		kill_members(group);
		nap(tries < 50 ? 1 : 5);
	}
	errno = EBUSY;
	return -1;
}

/* A walk over a group and those below it. */
struct removal {
	int depth;
	bool spares; /* processes end by themselves, or the group stays */
};

static int remove_group(int parent, const char *name, struct removal how);

static void remove_groups_in(int group, struct removal how)
{
	int copy = openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);

	if (!folder) {
		if (copy >= 0)
			close(copy);
		return;
	}
	how.depth++;
	for (struct dirent *entry; (entry = readdir(folder));)
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			remove_group(group, entry->d_name, how);
	closedir(folder);
}

/* A group's folder goes once its processes have been reaped, which takes them a moment. */
static int remove_group(int parent, const char *name, struct removal how)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	cleanup_fd int group = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	for (int tries = 0; group >= 0 && tries < 400; tries++) {
		if (!how.spares)
			kill_members(group);
		if (how.depth < 16)
			remove_groups_in(group, how);
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (how.spares)
			break;
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

/* Whether the mount of this number is still in the table; true as well where nobody can tell. */
static bool is_mounted(const char *number)
{
	cleanup_text struct text table = { 0 };
	char *save = NULL;

	if (read_file(AT_FDCWD, "/proc/self/mountinfo", 1 << 26, &table) < 0 || !table.len)
		return true;
	for (char *line = strtok_r(table.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, number, strlen(number)) == 0 && line[strlen(number)] == ' ')
			return true;
	return false;
}

/* A mount whose number is known: a folder bound to itself has the same root when it is unmounted again.
 * statx(2) gives the number of the topmost since Linux 5.8. */
static int take_mount(const struct undo *undo, struct error *err)
{
	struct statx st;

	if (!is_mounted(undo->value))
		return 0;
	if (statx(AT_FDCWD, undo->path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &st) < 0)
		return fail(err, errno, "statx %s", vis(undo->path));
	if ((st.stx_mask & STATX_MNT_ID) && st.stx_mnt_id != strtoull(undo->value, NULL, 10))
		return leave(err, undo, "another mount lies over it");
	if (umount2(undo->path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == EINVAL)
		return 0;
	return fail(err, errno, "umount2(%s)", vis(undo->path));
}

/* What bears a name in a file system, or is mounted there. */
static int take_thing(const struct undo *undo, struct error *err)
{
	const char *name;
	int dirfd, ret;

	if (is_settled(undo, &dirfd, &name, &ret, err))
		return ret;
	switch (undo->kind) {
	case UNDO_RMDIR:
		return remove_name(undo, dirfd, name, AT_REMOVEDIR, err);
	case UNDO_UNLINK:
		return remove_name(undo, dirfd, name, 0, err);
	case UNDO_RMTREE:
		if (remove_tree(dirfd, name) == 0 || errno == ENOENT)
			return 0;
		return fail(err, errno, "remove %s", vis(undo->path));
	case UNDO_RMCGROUP:
		if (remove_group(AT_FDCWD, undo->path, (struct removal){ .spares = undo->spares }) == 0)
			return 0;
		fail(err, errno, "rmdir %s", vis(undo->path));
		return fail_why(err, undo->spares ? "a session of another pid namespace made it, and its processes "
				"are not ended from here" : "the group still has processes that cannot be ended");
	case UNDO_UMOUNT:
		if (umount2(undo->path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == EINVAL)
			return 0;
		return fail(err, errno, "umount2(%s)", vis(undo->path));
	case UNDO_NONE:
	case UNDO_WRITE:
	case UNDO_HOSTNAME:
	case UNDO_VACATE:
		break;
	}
	return 0;
}

int undo_perform(const struct undo *undo, struct error *err)
{
	switch (undo->kind) {
	case UNDO_NONE:
		return 0;
	case UNDO_RMDIR:
	case UNDO_UNLINK:
	case UNDO_RMTREE:
	case UNDO_RMCGROUP:
		return take_thing(undo, err);
	case UNDO_UMOUNT:
		return undo->value && strcmp(undo->value, "-") ? take_mount(undo, err) :
								 take_thing(undo, err);
	case UNDO_WRITE:
		if (write_control(AT_FDCWD, undo->path, undo->value) == 0 || errno == ENOENT)
			return 0;
		return fail(err, errno, "write %s to %s", vis(undo->value), vis(undo->path));
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

void undo_tell(const struct error *err, struct text *told)
{
	text_addf(told, "%s%s%s%s%s\n", err->what, err->code ? ": " : "",
		  err->code ? errno_name(err->code) : "", err->why[0] ? ": " : "", err->why);
}

void undo_done(struct undo *undo)
{
	if (undo->parent >= 0)
		close(undo->parent);
	free(undo->path);
	free(undo->value);
	*undo = (struct undo){ .parent = -1 };
}
