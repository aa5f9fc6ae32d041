/* The listener's loop: seccomp_unotify(2). The kernel stops a process in each call that it begins and asks; the answer
 * is always that the call goes on. Who is asked has to be there as long as anybody is who may ask: without a
 * listener every call fails with ENOSYS, exit_group(2) too. So what the program leaves running is ended first. */
#include "trace/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/await.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/process/title.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "ops/program/listened.h"

enum {
	LISTENER = 3, PROGRAM, SIGNALS, OURS, /* the descriptors that are kept */
	SWEEP = 256,    /* more processes than this are looked through for those that have ended */
	PATIENCE = 3000, QUIET = 100 /* ms for those that are ended to be gone; without a sign of any */
};

/* A process that has asked. */
struct known {
	pid_t pid;
	int fd;
};

struct listening {
	struct seen *seen;
	const struct trace_wish *wish;
	pid_t first;
	bool calls_exec; /* the program's last call was execve(2): whether it was done shows at the next */
	bool ending;
	struct known *list;
	size_t count, room, sweep;
};

/* ---- who asks ---- */

static bool has_ended(int pidfd)
{
	struct pollfd one = { pidfd, POLLIN, 0 };

	return poll(&one, 1, 0) > 0;
}

static void forget(struct listening *our, size_t i)
{
	close(our->list[i].fd);
	our->list[i] = our->list[--our->count];
}

static void sweep(struct listening *our)
{
	for (size_t i = our->count; i-- > 0;)
		if (has_ended(our->list[i].fd))
			forget(our, i);
	our->sweep = 2 * our->count > SWEEP ? 2 * our->count : SWEEP;
}

/* Only a process has a pidfd, and its threads have not. */
static void note(struct listening *our, pid_t pid, bool leaves)
{
	for (size_t i = our->count; i-- > 0;)
		if (our->list[i].pid == pid) {
			if (leaves) /* its number may be another's then */
				forget(our, i);
			return;
		}
	if (leaves)
		return;
	int fd = sys_pidfd_open(pid);
	if (fd < 0)
		return;
	if (our->count >= our->sweep)
		sweep(our);
	LIST_ROOM(our->list, our->count, our->room);
	our->list[our->count++] = (struct known){ pid, fd };
}

static void end_all(struct listening *our)
{
	sys_pidfd_send_signal(PROGRAM, SIGKILL);
	for (size_t i = 0; i < our->count; i++)
		sys_pidfd_send_signal(our->list[i].fd, SIGKILL);
}

/* ---- what is asked ---- */

static bool is_exec(const struct seccomp_data *data)
{
	return data->arch == seccomp_arch_native() && (data->nr == SYS_execve || data->nr == SYS_execveat);
}

/* Whether execve(2) has not been done: the process is still called what Stave called it. */
static bool is_before_exec(pid_t pid)
{
	cleanup_text struct text name = { 0 };
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	return read_file(AT_FDCWD, path, 64, &name) == 0 && strcmp(text_of(&name), LISTENED_NAME "\n") == 0;
}

/* Of what the shell does to begin the program nothing is counted but the execve(2) that succeeds. */
static void count(struct listening *our, const struct seccomp_notif *asked)
{
	struct seen *seen = our->seen;
	bool exec = is_exec(&asked->data);

	if (!seen->began && our->calls_exec && !exec && !is_before_exec((pid_t)asked->pid))
		seen->began = true;
	if (!seen->began) {
		our->calls_exec = our->calls_exec || exec;
		if (exec)
			seen->of[0] = (struct seen_calls){ .architecture = seen->of[0].architecture };
		if (!exec)
			return;
	}
	seen_count(seen, our->wish, asked->data.arch, asked->data.nr, (const uint64_t *)asked->data.args);
}

/* One question. ENOENT: who asked was ended meanwhile. */
static void answer(struct listening *our, struct seccomp_notif *asked, struct seccomp_notif_resp *answer,
		   const struct seccomp_notif_sizes *sizes)
{
	memset(asked, 0, sizes->seccomp_notif);
	memset(answer, 0, sizes->seccomp_notif_resp);
	if (ioctl(LISTENER, SECCOMP_IOCTL_NOTIF_RECV, asked) < 0)
		return;
	note(our, (pid_t)asked->pid, !our->ending && asked->data.nr == SYS_exit_group &&
	     asked->data.arch == seccomp_arch_native());
	if (our->ending)
		end_all(our);
	else
		count(our, asked);
	answer->id = asked->id;
	answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(LISTENER, SECCOMP_IOCTL_NOTIF_SEND, answer);
}

/* The program has ended, or the shell wants it to: all that still asks ends. On Linux 5.10 the listener may not be
 * told that nobody is left, so the processes are looked at too. */
static bool is_over(struct listening *our, int64_t *until)
{
	if (!our->ending) {
		our->ending = true;
		*until = await_until(PATIENCE);
		end_all(our);
	}
	sweep(our);
	return (!our->count && has_ended(PROGRAM)) || clock_ms() >= *until;
}

static void listen_to(struct listening *our, const struct seccomp_notif_sizes *sizes)
{
	struct seccomp_notif *asked = malloc(sizes->seccomp_notif);
	struct seccomp_notif_resp *resp = malloc(sizes->seccomp_notif_resp);
	int64_t until = 0;

	if (!asked || !resp)
		_exit(1);
	for (;;) {
		struct pollfd from[] = {
			{ LISTENER, POLLIN, 0 }, { our->ending ? -1 : PROGRAM, POLLIN, 0 },
			{ our->ending ? -1 : SIGNALS, POLLIN, 0 },
		};
		int ready = poll(from, COUNT(from), our->ending ? QUIET : -1);
		if (ready < 0 && errno != EINTR)
			_exit(1);
		if (ready > 0 && from[0].revents & POLLIN)
			answer(our, asked, resp, sizes);
		else if (ready > 0 && from[0].revents && has_ended(PROGRAM))
			break; /* nobody is left */
		if ((our->ending && ready == 0) || from[1].revents || from[2].revents)
			if (is_over(our, &until))
				break;
	}
	free(asked);
	free(resp);
}

/* ---- its place ---- */

/* Keep these two alone of the shell's descriptors, at their numbers. */
static void keep(int fd, int pidfd)
{
	int high = fcntl(fd, F_DUPFD, OURS), other = fcntl(pidfd, F_DUPFD, OURS);
	int null = open("/dev/null", O_RDWR);

	if (high < 0 || other < 0 || dup2(high, LISTENER) < 0 || dup2(other, PROGRAM) < 0)
		_exit(1);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close_from(SIGNALS);
}

static void hear_signals(pid_t shell)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (signalfd(-1, &set, SFD_CLOEXEC) != SIGNALS)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != shell)
		raise(SIGTERM);
}

_Noreturn void listener_main(struct seen *seen, const struct trace_wish *wish, pid_t pid, int fd, int pidfd)
{
	struct listening our = { .seen = seen, .wish = wish, .first = pid, .sweep = SWEEP };
	struct seccomp_notif_sizes sizes;
	struct rlimit files;
	pid_t shell = getppid();

	setsid(); /* keys of the terminal are not for it */
	title_set("stave-listener");
	keep(fd, pidfd);
	hear_signals(shell);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (sys_seccomp_sizes(&sizes) < 0)
		_exit(1);
	listen_to(&our, &sizes);
	_exit(0);
}
