/* Signals of the terminal, noted down and asked for where there is time for them. Handlers are
 * functions, never SIG_IGN: execve(2) resets the one and keeps the other. */
#pragma once

#include <stdbool.h>

struct error;

enum {
	NOTED_INTERRUPT = 1, /* SIGINT: Ctrl-C */
	NOTED_WINDOW = 2,    /* SIGWINCH: the window has another size */
	NOTED_TERMINATE = 4, /* SIGTERM: end in good order */
	NOTED_HANGUP = 8,    /* SIGHUP: the same; the terminal is gone */
	NOTED_STOP = 16,     /* SIGTSTP: Ctrl-Z */
	NOTED_LEAVE = NOTED_TERMINATE | NOTED_HANGUP,
};

/* Begin to note. A call that waits is ended by them (EINTR). Should the shell still be there half a
 * minute after SIGTERM or SIGHUP it ends as it stands, and its janitor takes back what it made.
 * SIGPIPE and SIGXFSZ become errors of write(2); SIGQUIT does nothing, and SIGTSTP is noted, when
 * interactive. Returns 0, or -1 with err. */
int signals_open(bool interactive, struct error *err);

/* A descriptor for poll(2): readable when something has been noted. */
int signals_fd(void);

/* Whether anything has been noted; costs no system call. */
bool signals_any(void);

/* Whether what has been noted asks to end a wait: all but a window's size. */
bool signals_interrupt(void);

/* Whether the shell has been told to go. */
bool signals_leaving(void);

/* What has been noted since the last call, NOTED_* together. */
unsigned signals_take(void);

/* Note something again, for whoever comes next. */
void signals_note(unsigned again);
