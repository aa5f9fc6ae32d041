/* What there is to read of a process at the moment at which its call failed: a limit, and how much of it was used, or the
 * room that a file system had, and whose process it is. Afterwards it is gone. getrlimit(2), statvfs(3), proc_pid_statm(5). */
#include "trace/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/causes/room.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"

enum { ANY = -1 };

/* Which limit an errno is about. Of the first that fits. */
static const struct { int number, code, resource; } limits[] = {
	{ ANY, EMFILE, RLIMIT_NOFILE }, { ANY, EFBIG, RLIMIT_FSIZE },
	{ SYS_mmap, ENOMEM, RLIMIT_AS }, { SYS_mremap, ENOMEM, RLIMIT_AS },
	{ SYS_clone, EAGAIN, RLIMIT_NPROC }, { SYS_clone3, EAGAIN, RLIMIT_NPROC }, { SYS_execve, EAGAIN, RLIMIT_NPROC },
#ifdef SYS_fork
	{ SYS_fork, EAGAIN, RLIMIT_NPROC }, { SYS_vfork, EAGAIN, RLIMIT_NPROC },
#endif
	{ SYS_mlock, ENOMEM, RLIMIT_MEMLOCK }, { SYS_mlock, EPERM, RLIMIT_MEMLOCK }, { SYS_mlock2, ENOMEM, RLIMIT_MEMLOCK },
	{ SYS_mlock2, EPERM, RLIMIT_MEMLOCK }, { SYS_mlockall, ENOMEM, RLIMIT_MEMLOCK }, { SYS_mlockall, EPERM, RLIMIT_MEMLOCK },
	{ SYS_mmap, EAGAIN, RLIMIT_MEMLOCK },
};

/* Which argument is the descriptor that is written to. */
static const struct writer { int number, file; } writers[] = {
	{ SYS_write, 0 }, { SYS_pwrite64, 0 }, { SYS_writev, 0 }, { SYS_pwritev, 0 }, { SYS_pwritev2, 0 }, { SYS_fallocate, 0 },
	{ SYS_ftruncate, 0 }, { SYS_sendfile, 0 }, { SYS_copy_file_range, 2 }, { SYS_splice, 2 }, { SYS_fsync, 0 }, { SYS_fdatasync, 0 },
};

static const struct writer *writer_of(int number)
{
	for (size_t i = 0; i < COUNT(writers); i++)
		if (writers[i].number == number)
			return &writers[i];
	return NULL;
}

/* Field of /proc/PID/statm in bytes: 0 all, 5 what counts for RLIMIT_DATA. */
static uint64_t memory_of(pid_t pid, int field)
{
	unsigned long long pages[6] = { 0 };
	char path[48], line[128] = "";

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, line, sizeof(line) - 1) <= 0)
		return 0;
	sscanf(line, "%llu %llu %llu %llu %llu %llu", &pages[0], &pages[1], &pages[2], &pages[3], &pages[4], &pages[5]);
	return pages[field] * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void ask_limit(pid_t pid, int resource, struct strait *ret)
{
	struct rlimit limit;

	if (prlimit(pid, resource, NULL, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return;
	ret->resource = resource;
	ret->limit = limit.rlim_cur;
}

/* mmap(2) fails with ENOMEM by either of two limits: the one that the wish goes beyond. */
static void ask_memory(pid_t pid, uint64_t wanted, struct strait *ret)
{
	static const struct { int resource, field; } both[] = { { RLIMIT_AS, 0 }, { RLIMIT_DATA, 5 } };

	for (size_t i = 0; i < COUNT(both); i++) {
		ask_limit(pid, both[i].resource, ret);
		ret->used = memory_of(pid, both[i].field);
		if (ret->resource >= 0 && ret->used + wanted > ret->limit)
			return;
		ret->resource = -1;
	}
}

static void ask_store(pid_t pid, int number, const uint64_t args[6], const char *path, struct strait *ret)
{
	const struct writer *writer = writer_of(number);
	char name[PATH_MAX + 64] = "";

	/* A mount namespace may have so many mounts: fs.mount-max. */
	if (number == SYS_mount || number == SYS_move_mount)
		return;
	if (writer)
		snprintf(name, sizeof(name), "/proc/%d/fd/%d", pid, (int)args[writer->file]);
	const char *slash = path && path[0] == '/' ? strrchr(path, '/') : NULL;
	if (!name[0] && slash)
		snprintf(name, sizeof(name), "/proc/%d/root%.*s/", pid, (int)(slash - path), path);
	ret->stored = name[0] && room_at(name, &ret->room);
	ret->wanted = number == SYS_fallocate ? args[3] : 0;
}

static uint64_t namespace_of(pid_t pid, const char *type)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, type);
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

/* Whether a process could not be made, or a pid namespace not be unshared, by what the process did before. */
static bool is_about_children(int number, int code)
{
	bool makes = number == SYS_clone || number == SYS_clone3;

#ifdef SYS_fork
	makes = makes || number == SYS_fork || number == SYS_vfork;
#endif
	return (makes && code == ENOMEM) || (number == SYS_unshare && code == EINVAL);
}

/* A file of a user namespace's can be written once: what it says now, through the process's own root. */
static bool is_settled(pid_t pid, const char *path)
{
	static const char *const once[] = { "uid_map", "gid_map", "setgroups" };
	cleanup_text struct text now = { 0 };
	char name[PATH_MAX + 64];
	const char *last = strrchr(path, '/') + 1;

	for (size_t i = 0; i < COUNT(once); i++) {
		if (strcmp(last, once[i]) != 0)
			continue;
		snprintf(name, sizeof(name), "/proc/%d/root%s", pid, path);
		return read_file(AT_FDCWD, name, 1 << 12, &now) == 0 && now.len && !text_begins(text_of(&now), "allow");
	}
	return false;
}

struct strait strait_of(pid_t pid, int number, const uint64_t args[6], int code, const char *path)
{
	struct strait ret = { .resource = -1 };

	if (is_about_children(number, code))
		ret.pending = namespace_of(pid, "pid") != namespace_of(pid, "pid_for_children");
	if (code == E2BIG && (number == SYS_execve || number == SYS_execveat))
		measure_words(pid, args + (number == SYS_execveat), &ret.longest, &ret.all);
	if (code == EPERM && number == SYS_write && path && text_begins(path, "/proc/"))
		ret.settled = is_settled(pid, path);
	if (code == EPERM)
		ret.sets = sets_asked(pid, number, args);
	if (code == ENOSPC || code == EDQUOT)
		ask_store(pid, number, args, path, &ret);
	for (size_t i = 0; i < COUNT(limits) && ret.resource < 0; i++)
		if (limits[i].code == code && (limits[i].number == ANY || limits[i].number == number)) {
			if (limits[i].resource == RLIMIT_AS)
				ask_memory(pid, args[number == SYS_mremap ? 2 : 1], &ret);
			else
				ask_limit(pid, limits[i].resource, &ret);
		}
	return ret;
}

bool ids_of(pid_t pid, uint32_t *uid, uint32_t *gid)
{
	cleanup_text struct text status = { 0 };
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (read_file(AT_FDCWD, path, 1 << 20, &status) < 0)
		return false;
	const char *user = strstr(text_of(&status), "\nUid:"), *group = strstr(text_of(&status), "\nGid:");
	return user && group && sscanf(user, "\nUid: %*u %*u %*u %" SCNu32, uid) == 1 &&
	       sscanf(group, "\nGid: %*u %*u %*u %" SCNu32, gid) == 1;
}

/* The calls that take a folder's descriptor before the path. */
static bool begins_at_folder(int number)
{
	static const int numbers[] = { SYS_openat, SYS_openat2, SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_readlinkat,
				       SYS_mkdirat, SYS_unlinkat, SYS_renameat2, SYS_renameat, SYS_linkat, SYS_fchmodat, SYS_fchownat,
				       SYS_mknodat, SYS_utimensat, SYS_execveat };

	for (size_t i = 0; i < COUNT(numbers); i++)
		if (numbers[i] == number)
			return true;
	return false;
}

void resolve_path(pid_t pid, int number, const uint64_t args[6], struct text *path)
{
	char link[64], folder[PATH_MAX], root[PATH_MAX];

	if (path->len && path->s[0] == '/')
		return;
	const struct writer *writer = path->len ? NULL : writer_of(number);
	if (!path->len && !writer)
		return;
	if (writer || (begins_at_folder(number) && (int)args[0] != AT_FDCWD))
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, (int)args[writer ? writer->file : 0]);
	else
		snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	ssize_t n = readlink(link, folder, sizeof(folder) - 1);
	if (n <= 0 || folder[0] != '/')
		return;
	folder[n] = '\0';
	snprintf(link, sizeof(link), "/proc/%d/root", pid);
	n = readlink(link, root, sizeof(root) - 1);
	if (n <= 0)
		return;
	root[n] = '\0';
	const char *below = strcmp(root, "/") == 0 ? folder : strncmp(folder, root, (size_t)n) == 0 ? folder + n : NULL;
	if (!below)
		return;
	cleanup_text struct text whole = { 0 };
	if (path->len)
		text_addf(&whole, "%s%s%s", below, below[0] && below[strlen(below) - 1] == '/' ? "" : "/", path->s);
	else
		text_add(&whole, below);
	text_clear(path);
	text_add(path, text_of(&whole));
}
