#include "shell/terminal/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"

/* A handler has no argument of ours. owner: a fork must not write to what may be another
 * descriptor by then. */
static volatile sig_atomic_t noted;
static int event = -1;
static pid_t owner;

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
			 signal == SIGWINCH ? NOTED_WINDOW : NOTED_LEAVE;
		wake();
	}
	errno = was;
}

static void pass_over(int signal)
{
	(void)signal;
}

int signals_open(bool interactive, struct error *err)
{
	static const int noting[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };
	struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };

	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return fail(err, errno, "eventfd");
	owner = getpid();
	for (size_t i = 0; i < COUNT(noting); i++)
		sigaction(noting[i], &action, NULL);
	action.sa_handler = pass_over;
	sigaction(SIGPIPE, &action, NULL);
	if (interactive) {
		sigaction(SIGQUIT, &action, NULL);
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

unsigned signals_take(void)
{
	uint64_t count;
	sigset_t all, before;

	if (read(event, &count, sizeof(count)) < 0 && !noted)
		return 0;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	unsigned ret = (unsigned)noted;
	noted = 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

void signals_note(unsigned again)
{
	noted |= (sig_atomic_t)again;
	if (again)
		wake();
}
