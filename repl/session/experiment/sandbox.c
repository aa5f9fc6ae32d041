/* The sandbox: two processes beside the shell, which changes none of its own namespaces. The keeper makes the
 * namespaces and the tree, and ends what is in them when the shell hangs up; the first process inside runs what is
 * tried. Root's sandbox is in a user namespace, too, whose ids nobody on the host has: no capability in it is one over
 * the host, and no file of /proc/sys or /sys is its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <grp.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/process/proc.h"
#include "base/process/title.h"
#include "ops/op.h"
#include "session/experiment/experiment.h"
#include "session/experiment/leaf.h"
#include "session/experiment/tree.h"

enum {
	REPORT = 3,                   /* the descriptor by which the sandbox reports */
	ENDING = 10000,               /* ms in which all of it has to be gone */
	PROCESSES = 4096,             /* RLIMIT_NPROC: a wall that is lifted shall not fell the machine */
	SHIFT = INT32_MIN,            /* 2147483648 as uid_t: the first number outside of root's sandbox */
};

#define ROOTS_MAP "0 2147483648 2147483647"

/* What comes back, before the result. */
struct head {
	int code;
	char what[200], why[200];
};

/* ---- the first process inside ---- */

static void report(const struct error *err, const void *result, size_t size)
{
	struct head head = { .code = err ? err->code ? err->code : EINVAL : 0 };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)(uintptr_t)result, size } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = err ? 1 : 2 };

	if (err) {
		snprintf(head.what, sizeof(head.what), "%.*s", (int)sizeof(head.what) - 1, err->what);
		snprintf(head.why, sizeof(head.why), "%.*s", (int)sizeof(head.why) - 1, err->why);
	}
	sendmsg(REPORT, &message, MSG_NOSIGNAL);
}

static _Noreturn void give_up(const struct error *err)
{
	report(err, NULL, 0);
	_exit(1);
}

/* Nothing in it reaches a terminal, and what it says can be read again. */
static void redirect(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int said = memfd_create("said", MFD_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	close_from(REPORT + 1);
}

static void raise_loopback(void)
{
	struct op op = op_new(OP_ifup);
	const struct op_stage stage = { .proc = -1 };
	struct op_outcome outcome;

	op.ifup.name = "lo";
	op_run(&op, &stage, &outcome); /* without it, what is tried fails as on a host without lo */
}

static _Noreturn void be_first(const struct experiment *experiment, struct leaves *leaves, const char *cwd, bool privileged)
{
	const struct rlimit processes = { PROCESSES, PROCESSES };
	const struct sys_caps none = { 0 };
	struct error err = { 0 };
	void *result = calloc(1, experiment->size);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	title_set("stave-try");
	if (!result)
		out_of_memory();
	if (leaves_join(leaves, &err) < 0 || tree_enter(&err) < 0 || leaves_mount(leaves, &err) < 0)
		give_up(&err);
	if (chdir(cwd) < 0 && chdir("/") < 0)
		_exit(1);
	raise_loopback();
	sys_keyctl(1 /* KEYCTL_JOIN_SESSION_KEYRING */, 0, 0);
	setrlimit(RLIMIT_NPROC, &processes);
	/* A user has no capability on the host either. */
	if (!privileged && sys_capset(&none) < 0)
		_exit(1);
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	proc_closed();
	experiment->run(experiment->context, result);
	report(NULL, result, experiment->size);
	pause(); /* until the keeper ends it, with all that is still there */
	_exit(0);
}

/* ---- the keeper ---- */

static int write_own_map(uid_t uid, gid_t gid, struct error *err)
{
	char map[2][40];

	snprintf(map[0], sizeof(map[0]), "%u %u 1", uid, uid);
	snprintf(map[1], sizeof(map[1]), "%u %u 1", gid, gid);
	prctl(PR_SET_DUMPABLE, 1);
	write_control(AT_FDCWD, "/proc/self/setgroups", "deny"); /* the second time it is denied already */
	if (write_control(AT_FDCWD, "/proc/self/uid_map", map[0]) < 0 ||
	    write_control(AT_FDCWD, "/proc/self/gid_map", map[1]) < 0)
		return fail(err, errno, "map the own id in the sandbox's user namespace");
	return 0;
}

/* A user namespace with root's ids: its map takes privilege in the one around it. -1 with err. */
static int make_roots_ids(struct error *err)
{
	int ends[2], ret = -1;
	char path[40], byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "pipe");
	pid_t pid = fork();
	if (pid == 0) {
		bool made = unshare(CLONE_NEWUSER) == 0;
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a new user namespace ends an earlier wish */
		if (made && write(ends[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ends[1]);
	if (pid > 0 && read(ends[0], &byte, 1) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
		bool mapped = write_control(AT_FDCWD, path, ROOTS_MAP) == 0;
		snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
		mapped = mapped && write_control(AT_FDCWD, path, ROOTS_MAP) == 0;
		snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
		ret = mapped ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	}
	int code = errno;
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	close(ends[0]);
	return ret < 0 ? fail(err, code, "a user namespace with the sandbox's ids") : ret;
}

/* The first process inside has its cgroup namespace made in its own groups. */
enum { ALL_BUT_USER = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET };

static int make_private(struct error *err)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? fail(err, errno, "make the mounts private") : 0;
}

/* Mounts made in one user namespace cannot be taken apart in the next, mount_namespaces(7). */
static int enter_as_root(const struct experiment *experiment, struct error *err)
{
	cleanup_fd int ids = make_roots_ids(err);

	if (ids < 0)
		return -1;
	if (unshare(CLONE_NEWNS) < 0)
		return fail(err, errno, "unshare(CLONE_NEWNS)");
	if (make_private(err) < 0 || tree_make(ids, (uid_t)SHIFT, experiment->lines, err) < 0)
		return -1;
	if (setns(ids, CLONE_NEWUSER) < 0 || setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return fail(err, errno, "enter the sandbox's user namespace");
	return unshare(ALL_BUT_USER) < 0 ? fail(err, errno, "the sandbox's namespaces") : 0;
}

static int enter_as_user(const struct experiment *experiment, struct error *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return fail(err, errno, "unshare(CLONE_NEWUSER|CLONE_NEWNS)");
	if (write_own_map(uid, gid, err) < 0 || make_private(err) < 0 || tree_make(-1, 0, experiment->lines, err) < 0)
		return -1;
	if (unshare(CLONE_NEWUSER | ALL_BUT_USER) < 0)
		return fail(err, errno, "the sandbox's namespaces");
	return write_own_map(uid, gid, err);
}

/* Root of the whole machine: a range of ids is its to give. */
static bool is_machines_root(void)
{
	cleanup_text struct text map = { 0 };
	unsigned long inside, outside, count;

	return geteuid() == 0 && read_file(AT_FDCWD, "/proc/self/uid_map", 4096, &map) == 0 &&
	       sscanf(text_of(&map), "%lu %lu %lu", &inside, &outside, &count) == 3 && inside == 0 && outside == 0 &&
	       count == 4294967295UL;
}

/* Until the shell hangs up, or all is over. */
static _Noreturn void keep(pid_t first)
{
	cleanup_fd int pidfd = sys_pidfd_open(first);
	struct pollfd wait_for[] = { { .fd = REPORT, .events = 0 }, { .fd = pidfd, .events = POLLIN } };

	while (poll(wait_for, 2, -1) < 0)
		continue;
	/* The kernel waits for all of its pid namespace: zap_pid_ns_processes(). */
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
	_exit(0);
}

static _Noreturn void be_keeper(const struct experiment *experiment, struct leaves *leaves, int socket)
{
	struct error err = { 0 };
	char cwd[4096];
	bool root = is_machines_root(), privileged = geteuid() == 0;

	if (!getcwd(cwd, sizeof(cwd)))
		cwd[0] = '/', cwd[1] = '\0';
	dup2(socket, REPORT);
	fcntl(REPORT, F_SETFD, FD_CLOEXEC);
	setsid();
	title_set("stave-try");
	redirect();
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	/* Should memory run out, this goes first. */
	write_control(AT_FDCWD, "/proc/self/oom_score_adj", "1000");
	if (leaves_open(leaves, root ? (uid_t)SHIFT : (uid_t)-1, &err) < 0)
		give_up(&err);
	if ((root ? enter_as_root(experiment, &err) : enter_as_user(experiment, &err)) < 0)
		give_up(&err);
	if (mount(TREE, TREE, NULL, MS_BIND | MS_REC, NULL) < 0) {
		fail(&err, errno, "bind the sandbox's tree");
		give_up(&err);
	}
	pid_t first = fork();
	if (first == 0)
		be_first(experiment, leaves, cwd, privileged);
	if (first < 0) {
		fail(&err, errno, "fork in the sandbox");
		give_up(&err);
	}
	keep(first);
}

/* ---- the shell's side ---- */

static int receive(int socket, size_t size, void *result, struct error *err)
{
	struct head head;
	struct iovec parts[] = { { &head, sizeof(head) }, { result, size } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	ssize_t n = recvmsg(socket, &message, 0);
	if (n < (ssize_t)sizeof(head))
		return fail_id(err, ERR_TRY_ENDED, ECONNRESET, "the sandbox ended without a report");
	head.what[sizeof(head.what) - 1] = head.why[sizeof(head.why) - 1] = '\0';
	if (head.code) {
		fail_id(err, ERR_TRY_SANDBOX, head.code, "%s", head.what);
		return fail_why(err, "%s", head.why);
	}
	return (size_t)n == sizeof(head) + size ? 0 : fail_id(err, ERR_TRY_SANDBOX, EBADMSG, "a report of the sandbox was cut");
}

/* Its end was not seen: Ctrl-C, or the time was over (ETIMEDOUT). */
static int fail_waiting(struct error *err)
{
	return errno == EINTR ? fail_id(err, ERR_STOPPED, 0, "stopped; the sandbox is gone, and the failure is still the last one") :
				fail_id(err, ERR_STOPPED, errno, "the replay");
}

/* In groups of its own, if it needs some. */
static int try_there(const struct experiment *experiment, struct leaves *leaves, int64_t deadline, void *result,
		     struct error *err)
{
	int ends[2], status;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(err, errno, "socketpair");
	cleanup_fd int ours = ends[0], theirs = ends[1];
	pid_t keeper = fork();
	if (keeper < 0)
		return fail(err, errno, "fork of the sandbox");
	if (keeper == 0)
		be_keeper(experiment, leaves, theirs);
	close(steal_fd(&theirs));
	int ret = await_readable(ours, deadline) < 0 ? fail_waiting(err) :
						       receive(ours, experiment->size, result, err);
	close(steal_fd(&ours));
	/* Its end is not the person's to wait for: Ctrl-C has been heard. */
	if (await_group(keeper, ENDING, &status) < 0 && ret == 0)
		return fail(err, errno, "wait for the sandbox's end");
	return ret;
}

int experiment_try(const struct experiment *experiment, int64_t deadline, void *result, struct error *err)
{
	struct leaves leaves;

	if (leaves_make(experiment->grounds, &leaves, err) < 0)
		return -1;
	int ret = try_there(experiment, &leaves, deadline, result, err);
	leaves_remove(&leaves);
	return ret;
}
