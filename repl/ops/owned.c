#include "ops/owned.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file/remove.h"
#include "base/process/subids.h"
#include "base/text.h"
#include "ops/op.h"

enum { START_MS = 5000, WORK_MS = 600000 };

/* ---- the map ---- */

static bool read_range(const char *path, const char *passwd, char *ret, size_t size)
{
	cleanup_text struct text ranges = { 0 };

	if (read_file(AT_FDCWD, path, SUBIDS_MOST, &ranges) < 0)
		return false;
	subids_first(text_of(&ranges), passwd, geteuid(), ret, size);
	return ret[0] != '\0';
}

/* 0 maps to the caller, the other ids follow. False if the caller has no other ids. */
static bool read_maps(char *uids, char *gids, size_t size)
{
	cleanup_text struct text passwd = { 0 };
	char uid[64], gid[64];

	if (read_file(AT_FDCWD, "/etc/passwd", SUBIDS_MOST, &passwd) < 0 ||
	    !read_range("/etc/subuid", text_of(&passwd), uid, sizeof(uid)) ||
	    !read_range("/etc/subgid", text_of(&passwd), gid, sizeof(gid)))
		return false;
	snprintf(uids, size, "0 %u 1\n1 %s", geteuid(), uid);
	snprintf(gids, size, "0 %u 1\n1 %s", getegid(), gid);
	return true;
}

static int write_maps(pid_t pid, const char *uids, const char *gids)
{
	struct op op = { .kind = OP_idmap };
	struct op_stage stage = { .pid = pid, .quiet = true };
	struct op_outcome outcome = { 0 };
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	cleanup_fd int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return -1;
	stage.proc = proc;
	op.idmap.uid_map = uids;
	op.idmap.gid_map = gids;
	op.idmap.by_newuidmap = true;
	return op_info(OP_idmap)->run(&op, &stage, &outcome);
}

/* ---- the process ---- */

static void say(int out, int code)
{
	write_fd(out, (const char *)&code, sizeof(code));
}

/* Writes an errno, or 0, twice: when the namespace exists, and when the work is done. */
static _Noreturn void work_inside(int (*work)(const void *), const void *of, int go, int out)
{
	char word;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int code = unshare(CLONE_NEWUSER) < 0 ? errno : 0;
	/* newuidmap(1) looks at whose the process is, which is root's while it is undumpable. proc(5). */
	prctl(PR_SET_DUMPABLE, 1);
	say(out, code);
	if (code || read(go, &word, 1) != 1)
		_exit(1);
	code = setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0 || work(of) < 0 ? errno : 0;
	say(out, code);
	_exit(0);
}

static int hear(int in, int ms)
{
	int code;

	if (await_readable(in, await_until(ms)) < 0)
		return errno;
	return read(in, &code, sizeof(code)) == sizeof(code) ? code : EPIPE;
}

static int do_mapped(const char *uids, const char *gids, int (*work)(const void *), const void *of)
{
	int to[2], from[2], status;

	if (pipe2(to, O_CLOEXEC) < 0)
		return errno;
	cleanup_fd int go = to[0], start = to[1];
	if (pipe2(from, O_CLOEXEC) < 0)
		return errno;
	cleanup_fd int in = from[0], out = from[1];
	pid_t pid = fork();
	if (pid < 0)
		return errno;
	if (pid == 0) {
		close(start);
		work_inside(work, of, go, out);
	}
	close(steal_fd(&out));
	int code = hear(in, START_MS);
	if (!code && write_maps(pid, uids, gids) < 0)
		code = errno;
	if (!code && write(start, "", 1) != 1)
		code = errno;
	code = code ? code : hear(in, WORK_MS);
	close(steal_fd(&start));
	if (code)
		kill(pid, SIGKILL);
	await_exit(pid, START_MS, &status);
	return code;
}

int owned_do(const char *uid_map, const char *gid_map, int (*work)(const void *), const void *of)
{
	errno = do_mapped(uid_map, gid_map, work, of);
	return errno ? -1 : 0;
}

/* ---- removing ---- */

struct doomed {
	int dirfd;
	const char *name;
};

static int remove_doomed(const void *of)
{
	const struct doomed *doomed = of;

	return remove_tree(doomed->dirfd, doomed->name);
}

int remove_owned(int dirfd, const char *name)
{
	const struct doomed doomed = { dirfd, name };
	char uids[128], gids[128];

	if (remove_tree(dirfd, name) == 0)
		return 0;
	int code = errno;
	if ((code == EACCES || code == EPERM) && geteuid() != 0 && read_maps(uids, gids, sizeof(uids)) &&
	    owned_do(uids, gids, remove_doomed, &doomed) == 0)
		return 0;
	errno = code;
	return -1;
}
