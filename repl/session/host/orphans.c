#include "session/host/orphans.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

static bool is_spared(pid_t pid, const pid_t *spare, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (spare[i] == pid)
			return true;
	return false;
}

/* Signal our children by /proc/self/task/TID/children, proc(5), and reap those that have ended: by number,
 * for a spared one that has ended would hide them from waitid(P_ALL). Returns how many there were. */
static size_t kill_children(const pid_t *spare, size_t count)
{
	cleanup_text struct text text = { 0 };
	char path[64], *save = NULL;
	size_t killed = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	if (read_file(AT_FDCWD, path, 1 << 20, &text) < 0 || !text.len)
		return 0;
	for (char *word = strtok_r(text.s, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		pid_t pid = atoi(word);
		if (pid > 1 && !is_spared(pid, spare, count)) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, WNOHANG);
			killed++;
		}
	}
	return killed;
}

void orphans_reap(const pid_t *spare, size_t count)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		if (is_spared(info.si_pid, spare, count))
			return;
		waitpid(info.si_pid, NULL, 0);
	}
}

static bool have_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

void orphans_end(const pid_t *spare, size_t count)
{
	if (!have_children())
		return;
	for (int tries = 0; tries < 2000; tries++) {
		if (kill_children(spare, count) == 0)
			return;
		if (tries > 2)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}
