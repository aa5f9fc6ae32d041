/* Undo kinds: control groups and who is in them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/undo/undo.h"

static void nap(long milliseconds)
{
	nanosleep(&(struct timespec){ .tv_nsec = milliseconds * 1000000 }, NULL);
}

/* End every process of a group: cgroup.kill (Linux 5.14), or a signal to each. Not where this process
 * or its parent is among them: the shell's own group is not a sandbox. */
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

int undo_remove_group(const char *path)
{
	return remove_group(AT_FDCWD, path, (struct removal){ 0 });
}

int undo_move_group(const char *from, const char *to)
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

static int take_group(const struct undo *undo, struct error *err)
{
	const char *name;
	int dirfd, ret;

	if (undo_settled(undo, &dirfd, &name, &ret, err))
		return ret;
	if (remove_group(AT_FDCWD, undo->path, (struct removal){ .spares = undo->spares }) == 0)
		return 0;
	fail(err, errno, "rmdir %s", vis(undo->path));
	return fail_why(err, undo->spares ? "a session of another pid namespace made it, and its processes "
			"are not ended from here" : "the group still has processes that cannot be ended");
}

static int take_vacated(const struct undo *undo, struct error *err)
{
	if (undo_move_group(undo->path, undo->value) == 0 || errno == ENOENT)
		return 0;
	return fail(err, errno, "moving the processes of %s to %s", vis(undo->path), vis(undo->value));
}

/* One that is there already makes mkdir(2) fail. */
const struct undo_info undo_rmcgroup = {
	.place = PLACE_PATH, .empties = true, .has_processes = true,
	.take = take_group,
};

const struct undo_info undo_vacate = {
	.shared = true, .take = take_vacated,
};
