#include "shell/attend/relay/suspend.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/await.h"
#include "base/process/process_stat.h"
#include "session/session.h"
#include "snapshot/snapshot.h"

enum {
	TICK = 10,      /* ms between two looks at its state */
	HANDLER = 200,  /* ms for its own handler, or to stop */
	PATIENCE = 5000 /* ms until it must be seen stopped: it needs a processor for that */
};

/* SIGTSTP in a set of signals, as /proc/PID/status has them. */
#define STOP_BIT (1ULL << (SIGTSTP - 1))

/* What becomes of SIGTSTP there: false where its status cannot be read. */
static bool asks(const struct program *program, bool *ignored, bool *caught)
{
	struct reading reading;
	struct error unread;

	if (reading_take(program->pid, &reading, &unread) < 0)
		return false;
	*ignored = reading.ignored & STOP_BIT;
	*caught = reading.caught & STOP_BIT;
	reading_done(&reading);
	return true;
}

size_t suspend_key(const struct program *program, const char *keys, size_t length)
{
	struct termios modes;
	bool ignored, caught;
	pid_t foreground;

	if (program->pty < 0 || tcgetattr(program->pty, &modes) < 0 || !(modes.c_lflag & ISIG) ||
	    modes.c_cc[VSUSP] == _POSIX_VDISABLE)
		return length;
	const char *key = memchr(keys, modes.c_cc[VSUSP], length);
	if (!key || ioctl(program->pty, TIOCGPGRP, &foreground) < 0 || foreground != program->pid ||
	    !asks(program, &ignored, &caught) || ignored)
		return length;
	return (size_t)(key - keys);
}

static bool is_stopped(const struct program *program, int ms)
{
	int64_t deadline = clock_ms() + ms;

	while (process_stat(program->pid).state != 'T') {
		if (clock_ms() >= deadline)
			return false;
		nanosleep(&(struct timespec){ .tv_nsec = TICK * 1000000L }, NULL);
	}
	return true;
}

bool suspend_program(const struct program *program)
{
	bool ignored, caught;

	if (!program->pid)
		return false;
	if (asks(program, &ignored, &caught) && caught && program_signal(program, SIGTSTP) == 0 &&
	    is_stopped(program, HANDLER))
		return true;
	/* A parent in vfork(2) cannot stop before its child has called execve(2), and a child that has stopped
	 * does not come to that: let it, and try again. */
	for (int tries = 0; tries < PATIENCE / HANDLER; tries++) {
		if (program_signal(program, SIGSTOP) < 0)
			return false;
		if (is_stopped(program, HANDLER))
			return true;
		program_signal(program, SIGCONT);
		nanosleep(&(struct timespec){ .tv_nsec = TICK * 1000000L }, NULL);
	}
	return false;
}
