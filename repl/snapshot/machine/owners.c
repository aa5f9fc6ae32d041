/* Whose each namespace is, and what it lies in: ioctl_ns(2). */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "snapshot/look.h"
#include "snapshot/machine/scan.h"

enum { PATH = 64 };

/* Those that the kernel begins with (PROC_USER_INIT_INO, PROC_PID_INIT_INO) lie in none: what it answers for
 * them, EPERM, it answers as well for one around which this process may not see. */
static bool is_first(enum ns_link type, uint64_t id)
{
	return (type == NS_USER && id == 0xEFFFFFFD) || (type == NS_PID && id == 0xEFFFFFFC);
}

static int open_by(const struct scan *scan, enum ns_link type, const struct holder *holder)
{
	const char *name = ns_types[type].name;
	char path[PATH];

	switch (holder->kind) {
	case HELD_BY_PROCESS:
		snprintf(path, sizeof(path), "%d/ns/%s", holder->pid, name);
		break;
	case HELD_FOR_CHILDREN:
		snprintf(path, sizeof(path), "%d/ns/%s_for_children", holder->pid, name);
		break;
	case HELD_BY_THREAD:
		snprintf(path, sizeof(path), "%d/task/%d/ns/%s", holder->pid, holder->number, name);
		break;
	case HELD_BY_FD:
		snprintf(path, sizeof(path), "%d/fd/%d", holder->pid, holder->number);
		break;
	case HELD_BY_MOUNT:
		return look_open(holder->pid, holder->path, O_PATH);
	}
	return openat(scan->proc, path, O_PATH | O_CLOEXEC);
}

/* Something else may be there by now, a device even, whose opening does something: so it is looked at
 * before it is opened. */
static int open_if_namespace(const struct scan *scan, int there, uint64_t id)
{
	struct statfs fs;
	struct stat st;
	char path[PATH];

	if (fstatfs(there, &fs) < 0 || fstat(there, &st) < 0)
		return -1;
	errno = ENOENT;
	if (fs.f_type != NSFS_MAGIC || st.st_ino != id)
		return -1;
	snprintf(path, sizeof(path), "self/fd/%d", there);
	return openat(scan->proc, path, O_RDONLY | O_CLOEXEC);
}

/* A descriptor of the namespace itself, by the first of its holders that still has it; -1 with errno. */
static int open_space(const struct scan *scan, const struct space *space)
{
	int code = ENOENT;

	for (size_t i = 0; i < space->count; i++) {
		cleanup_fd int there = open_by(scan, space->type, &space->holders[i]);
		int fd = there < 0 ? -1 : open_if_namespace(scan, there, space->id);
		if (fd >= 0)
			return fd;
		code = errno;
	}
	errno = code;
	return -1;
}

static void ask_owner(struct scan *scan, size_t place, int fd);

/* What an ioctl(2) of fd leads to: its id, 0 with *code. It joins the census, and those that it leads to. */
static uint64_t follow(struct scan *scan, int fd, unsigned long request, enum ns_link type, int *code)
{
	cleanup_fd int other = ioctl(fd, request);
	size_t before = scan->census->count;
	struct stat st;

	if (other < 0 || fstat(other, &st) < 0) {
		*code = errno;
		return 0;
	}
	size_t place = scan_place(scan, type, st.st_ino);
	/* One that nothing holds but what it owns, or those within it: nobody else leads there. */
	if (scan->census->count > before)
		ask_owner(scan, place, other);
	return st.st_ino;
}

/* At the most 32 levels of user namespaces lie in one another, and as many of pid namespaces. The
 * list of spaces may move meanwhile. */
static void ask_owner(struct scan *scan, size_t place, int fd)
{
	enum ns_link type = scan->census->spaces[place].type;
	struct space told = { 0 };

	if (type == NS_USER && ioctl(fd, NS_GET_OWNER_UID, &told.uid) < 0)
		told.uid_code = errno;
	if (type != NS_USER)
		told.owner = follow(scan, fd, NS_GET_USERNS, NS_USER, &told.owner_code);
	if ((type == NS_USER || type == NS_PID) && !is_first(type, scan->census->spaces[place].id))
		told.around = follow(scan, fd, NS_GET_PARENT, type, &told.around_code);
	struct space *space = &scan->census->spaces[place];
	space->owner = type == NS_USER ? told.around : told.owner;
	space->owner_code = type == NS_USER ? told.around_code : told.owner_code;
	space->around = told.around;
	space->around_code = told.around_code;
	space->uid = told.uid;
	space->uid_code = told.uid_code;
}

void scan_owners(struct scan *scan)
{
	size_t found = scan->census->count;

	for (size_t i = 0; i < found; i++) {
		cleanup_fd int fd = open_space(scan, &scan->census->spaces[i]);
		struct space *space = &scan->census->spaces[i];
		if (fd >= 0) {
			ask_owner(scan, i, fd);
			continue;
		}
		space->ended = errno == ENOENT || errno == ESRCH;
		space->owner_code = space->around_code = space->uid_code = errno;
	}
}
