/* Signals by name, and all of them at once. */
#pragma once

#include <signal.h>

/* "TERM" for 15, as kill(1) prints it; NULL for a number without a name. */
const char *signal_name(int number);

/* 15, TERM, SIGTERM, sigterm: the number; -1 where there is no such signal. */
int signal_number(const char *name);

/* Block all signals; returns those that were blocked before, for sigprocmask(2) with SIG_SETMASK. */
sigset_t signal_block_all(void);
