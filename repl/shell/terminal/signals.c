#include "shell/terminal/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/list.h"
#include "base/trace.h"
#include "base/process/signal.h"

/* A handler has no argument of ours. owner: a fork must not write to what may be another
 * descriptor by then. */
static volatile sig_atomic_t noted, asked_to_go;
static int event = -1;
static pid_t owner;

enum { LAST = 30 /* s in which the shell has to be gone after it was asked to go */ };

static void wake(void)
{
	uint64_t one = 1;

	if (write(event, &one, sizeof(one)) < 0)
		return; /* the counter is full: it is readable, which is all it is for */
}

static void note(int signal)
{
	int was = errno;

	if (getpid() == owner) {
		noted |= signal == SIGINT ? NOTED_INTERRUPT :
			 signal == SIGWINCH ? NOTED_WINDOW :
			 signal == SIGTSTP ? NOTED_STOP :
			 signal == SIGHUP ? NOTED_HANGUP : NOTED_TERMINATE;
		if (signal == SIGTERM || signal == SIGHUP) {
			asked_to_go = signal;
			alarm(LAST);
		}
		wake();
	}
	errno = was;
}

/* Something has not let the shell go on to its end. The janitor sees it go. */
static void leave(int signal)
{
	(void)signal;
	if (getpid() == owner)
		_exit(128 + asked_to_go);
}

static void pass_over(int signal)
{
	(void)signal;
}

int signals_open(bool interactive, struct error *err)
{
	static const int noting[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };
	struct sigaction action = { .sa_handler = note };

	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return fail(err, errno, "eventfd");
	owner = getpid();
	for (size_t i = 0; i < COUNT(noting); i++) {
		action.sa_flags = noting[i] == SIGWINCH ? SA_RESTART : 0;
		sigaction(noting[i], &action, NULL);
	}
	action.sa_flags = SA_RESTART;
	action.sa_handler = leave;
	sigaction(SIGALRM, &action, NULL);
	action.sa_handler = pass_over;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL);
	await_heed(signals_interrupt);
	if (interactive) {
		sigaction(SIGQUIT, &action, NULL);
		action.sa_handler = note;
		sigaction(SIGTSTP, &action, NULL);
	}
	return 0;
}

int signals_fd(void)
{
	return event;
}

bool signals_any(void)
{
	return noted != 0;
}

bool signals_interrupt(void)
{
	return noted & (NOTED_INTERRUPT | NOTED_LEAVE);
}

bool signals_leaving(void)
{
	return noted & NOTED_LEAVE;
}

unsigned signals_take(void)
{
	uint64_t count;

	if (read(event, &count, sizeof(count)) < 0 && !noted)
		return 0;
	const sigset_t before = signal_block_all();
	unsigned ret = (unsigned)noted;
	noted = 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (ret)
		TRACE(TRACE_SIGNALS, "noted %#x", ret);
	return ret;
}

void signals_note(unsigned again)
{
	noted |= (sig_atomic_t)again;
	if (again)
		wake();
}
