#include "base/await.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/syscalls.h"

enum {
	SLICE = 100,  /* ms between two looks at whether a signal came */
	GRACE = 1000, /* ms that what is under way has after a signal */
};

/* Signals are the process's, and so is the answer to whether one came. */
static bool (*asked)(void);

int64_t clock_ms(void)
{
	return (int64_t)(clock_now() / MILLISECOND);
}

int64_t await_until(int ms)
{
	return ms < 0 ? AWAIT_FOREVER : clock_ms() + ms;
}

void await_heed(bool (*interrupted)(void))
{
	asked = interrupted;
}

bool await_interrupted(void)
{
	return asked && asked();
}

/* How long one poll(2) may take, 0 when the wait is over with errno set. */
static int slice(int64_t deadline, int64_t grace)
{
	int64_t end = grace && (deadline < 0 || grace < deadline) ? grace : deadline;
	int64_t left = end < 0 ? SLICE : end - clock_ms();

	if (left <= 0) {
		errno = end == deadline ? ETIMEDOUT : EINTR;
		return 0;
	}
	return left < SLICE ? (int)left : SLICE;
}

/* What is there counts, even where the time is over: the last poll(2) takes none. */
int await_readable(int fd, int64_t deadline)
{
	struct pollfd poll_for = { .fd = fd, .events = POLLIN };
	int64_t grace = 0;

	for (;;) {
		if (!grace && await_interrupted())
			grace = clock_ms() + GRACE;
		int ms = slice(deadline, grace), code = errno;
		int n = poll(&poll_for, 1, ms);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -1;
		if (ms == 0) {
			errno = code;
			return -1;
		}
	}
}

int await_lock(int fd, int operation, int ms)
{
	int64_t deadline = await_until(ms), grace = 0;

	while (flock(fd, operation | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return -1;
		if (!grace && await_interrupted())
			grace = clock_ms();
		if (!slice(deadline, grace))
			return -1;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return 0;
}

/* Without a pidfd (Linux before 5.3, no number free) it is asked again and again. */
static int ask_exit(pid_t pid, int64_t deadline)
{
	siginfo_t info = { 0 };
	int64_t grace = 0;

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && !info.si_pid) {
		if (!grace && await_interrupted())
			grace = clock_ms() + GRACE;
		if (!slice(deadline, grace))
			return -1;
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	return 0;
}

static int wait_or_kill(pid_t pid, int pidfd, int ms, bool group, int *status)
{
	int64_t deadline = await_until(ms);
	int ended = pidfd < 0 ? ask_exit(pid, deadline) : await_readable(pidfd, deadline);
	int code = errno;

	if (ended < 0) {
		kill(pid, SIGKILL);
		deadline = await_until(GRACE);
		if ((pidfd < 0 ? ask_exit(pid, deadline) : await_readable(pidfd, deadline)) < 0) {
			errno = code;
			return -1;
		}
	}
	/* Before it is waited for: until then nobody else has its number. */
	if (group)
		kill(-pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -1;
	errno = code;
	return ended;
}

static int await(pid_t pid, int ms, bool group, int *status)
{
	siginfo_t info = { 0 };

	/* One that has been waited for has no number any more that could be signalled. */
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return -1;
	int pidfd = sys_pidfd_open(pid);
	int ret = wait_or_kill(pid, pidfd, ms, group, status);
	int code = errno;

	if (pidfd >= 0)
		close(pidfd);
	errno = code;
	return ret;
}

int await_exit(pid_t pid, int ms, int *status)
{
	return await(pid, ms, false, status);
}

int await_group(pid_t pid, int ms, int *status)
{
	return await(pid, ms, true, status);
}
