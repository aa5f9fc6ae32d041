/* Signals of the terminal, noted down and asked for where there is time for them. Handlers are
 * functions, never SIG_IGN: execve(2) resets the one and keeps the other. */
#pragma once

#include <stdbool.h>

struct error;

enum {
	NOTED_INTERRUPT = 1, /* SIGINT: Ctrl-C */
	NOTED_WINDOW = 2,    /* SIGWINCH: the window has another size */
	NOTED_LEAVE = 4,     /* SIGTERM, SIGHUP: end in good order */
};

/* Begin to note. SIGPIPE becomes an error of write(2); SIGQUIT and SIGTSTP do nothing when
 * interactive. Returns 0, or -1 with err. */
int signals_open(bool interactive, struct error *err);

/* A descriptor for poll(2): readable when something has been noted. */
int signals_fd(void);

/* Whether anything has been noted; costs no system call. */
bool signals_any(void);

/* What has been noted since the last call, NOTED_* together. */
unsigned signals_take(void);

/* Note something again, for whoever comes next. */
void signals_note(unsigned noted);
