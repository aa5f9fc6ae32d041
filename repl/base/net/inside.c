#include "base/net/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/net/netlink.h"
#include "base/syscalls.h"
#include "base/text.h"

enum { MOST = 16 << 20 /* bytes that a helper may say */ };

/* Whether fd is of this process's own namespace, by its link in /proc. */
static bool is_own(int fd, const char *link)
{
	struct stat theirs, ours;

	return fstat(fd, &theirs) == 0 && stat(link, &ours) == 0 &&
	       theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

int inside_of(int net, struct inside *ret)
{
	*ret = (struct inside){ -1, -1 };
	if (is_own(net, "/proc/self/ns/net"))
		return 0;
	ret->net = fcntl(net, F_DUPFD_CLOEXEC, 0);
	if (ret->net < 0)
		return -1;
	/* Of an owner that is not below this process's own namespace nothing is told: setns(2) will. */
	cleanup_fd int owner = ioctl(net, NS_GET_USERNS);
	if (owner >= 0 && !is_own(owner, "/proc/self/ns/user"))
		ret->owner = steal_fd(&owner);
	return 0;
}

int inside_open(int proc, struct inside *ret)
{
	*ret = (struct inside){ -1, -1 };
	cleanup_fd int net = openat(proc, "ns/net", O_RDONLY | O_CLOEXEC);
	return net < 0 ? -1 : inside_of(net, ret);
}

void inside_close(struct inside *inside)
{
	if (inside->owner >= 0)
		close(inside->owner);
	if (inside->net >= 0)
		close(inside->net);
	*inside = (struct inside){ -1, -1 };
}

/* Rights that a program keeps also where user 0 has no number in the namespace. capabilities(7). */
static void keep_rights(void)
{
	const uint64_t rights = 1u << CAP_NET_ADMIN | 1u << CAP_NET_RAW;
	struct sys_caps caps;

	if (sys_capget(0, &caps) < 0)
		return;
	caps.inheritable |= rights & caps.permitted;
	if (sys_capset(&caps) < 0)
		return;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0);
}

/* An ordinary user has the right to join only in the user namespace that owns the network namespace. Whoever
 * joins takes its user 0, if it has one: nobody in there shall find the host's user 0 as a neighbour, and
 * execve(2) leaves no rights to a user without a number. */
int inside_join(const struct inside *inside)
{
	if (inside->net < 0)
		return 0;
	if (inside->owner >= 0 && setns(inside->owner, CLONE_NEWUSER) < 0)
		return -1;
	if (setns(inside->net, CLONE_NEWNET) < 0)
		return -1;
	if (inside->owner < 0)
		return 0;
	(void)!setgroups(0, NULL);
	(void)!setresgid(0, 0, 0);
	(void)!setresuid(0, 0, 0);
	keep_rights();
	return 0;
}

/* Whoever has the right over one of two network namespaces that his own user namespace owns has it over the
 * other: setns(2) asks for CAP_SYS_ADMIN there. Only a kernel without memory would not let him back: what follows would be done there. */
int inside_socket(const struct inside *inside)
{
	cleanup_fd int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	cleanup_fd int owner = own < 0 || inside->owner >= 0 ? -1 : ioctl(own, NS_GET_USERNS);

	if (inside->net < 0 || owner < 0 || !is_own(owner, "/proc/self/ns/user")) {
		errno = EPERM;
		return -1;
	}
	if (setns(inside->net, CLONE_NEWNET) < 0)
		return -1;
	int made = netlink_open(), code = errno;
	if (setns(own, CLONE_NEWNET) < 0)
		out_of_memory();
	errno = code;
	return made;
}

/* In the helper. It ends with the shell; a change of user clears that, so it is said again. */
static _Noreturn void help(const struct inside *inside, int (*call)(void *arg, int out, int *status),
			   void *arg, int out, pid_t shell, struct inside_end *end)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	end->joined = inside_join(inside) == 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	if (getppid() != shell)
		_exit(1);
	if (!end->joined || call(arg, out, &end->status) < 0)
		end->code = errno;
	_exit(0);
}

static int read_all(int fd, int64_t deadline, struct text *ret)
{
	for (;;) {
		if (await_readable(fd, deadline) < 0)
			return -1;
		ssize_t got = read(fd, text_room(ret, 1 << 16), 1 << 16);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return (int)got;
		text_grew(ret, (size_t)got);
		if (ret->len > MOST) {
			errno = EFBIG;
			return -1;
		}
	}
}

/* Take what it says until it has ended. 0, or an errno; then it was killed. */
static int attend(pid_t pid, int in, int ms, struct text *said)
{
	cleanup_text struct text unwanted = { 0 };
	int status, code = read_all(in, await_until(ms), said ? said : &unwanted) < 0 ? errno : 0;

	if (code)
		kill(pid, SIGKILL);
	if (await_exit(pid, ms, &status) < 0)
		return code ? code : errno;
	/* Without memory it ends before it has said all. */
	return code ? code : WIFSIGNALED(status) ? EINTR : WEXITSTATUS(status) ? ENOMEM : 0;
}

int inside_begin(const struct inside *inside, int (*call)(void *arg, int out, int *status), void *arg,
		 struct inside_work *ret)
{
	pid_t shell = getpid();
	int ends[2];

	*ret = (struct inside_work){ .pid = -1, .in = -1 };
	struct inside_end *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -1;
	ret->shared = shared;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	ret->in = ends[0];
	ret->pid = fork();
	if (ret->pid == 0) {
		close(ends[0]);
		help(inside, call, arg, ends[1], shell, shared);
	}
	close(ends[1]);
	return ret->pid < 0 ? -1 : 0;
}

int inside_finish(struct inside_work *work, int ms, struct text *said, struct inside_end *end)
{
	int code = errno;

	*end = (struct inside_end){ .joined = true };
	if (work->pid > 0) {
		code = attend(work->pid, work->in, ms, said);
		*end = *work->shared;
	}
	if (work->in >= 0)
		close(work->in);
	if (work->shared)
		munmap(work->shared, sizeof(*work->shared));
	*work = (struct inside_work){ .pid = -1, .in = -1 };
	errno = code ? code : end->code;
	return errno ? -1 : 0;
}

int inside_call(const struct inside *inside, int (*call)(void *arg, int out, int *status), void *arg,
		int ms, struct text *said, struct inside_end *end)
{
	struct inside_work work;

	(void)!inside_begin(inside, call, arg, &work);
	return inside_finish(&work, ms, said, end);
}

/* ---- programs ---- */

const char *inside_program(const char *name, char *to, size_t size)
{
	static const char folders[] = "/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin";
	const char *lists[] = { getenv("PATH"), folders };

	for (size_t i = 0; i < 2; i++) {
		for (const char *at = lists[i]; at && *at; at += *at == ':') {
			size_t length = strcspn(at, ":");
			int n = snprintf(to, size, "%.*s/%s", (int)length, at, name);
			if (*at == '/' && n > 0 && (size_t)n < size && access(to, X_OK) == 0)
				return to;
			at += length;
		}
	}
	errno = ENOENT;
	return NULL;
}

struct job {
	const char *path, *input;
	const char *const *argv;
};

/* A file in memory that holds the input; /dev/null where there is none. */
static int open_input(const char *input)
{
	if (!input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	cleanup_fd int fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0 || write_fd(fd, input, strlen(input)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	return steal_fd(&fd);
}

/* In the helper: the program is a process of its own, so that this one can tell how it ended. */
static int run_job(void *arg, int out, int *status)
{
	const struct job *job = arg;
	sigset_t none;
	int in = open_input(job->input);
	pid_t helper = getpid(), pid = in < 0 ? -1 : fork();

	if (pid == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != helper)
			_exit(127);
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		cloexec_from(STDERR_FILENO + 1);
		execve(job->path, (char *const *)(uintptr_t)job->argv, (char *[]){ "LC_ALL=C", NULL });
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return pid < 0 ? -1 : 0;
}

int inside_run(const struct inside *inside, const char *path, const char *const *argv, const char *input,
	       int ms, struct text *said, int *status)
{
	struct job job = { path, input, argv };
	struct inside_end end;

	if (inside_call(inside, run_job, &job, ms, said, &end) < 0)
		return -1;
	*status = end.status;
	return 0;
}
