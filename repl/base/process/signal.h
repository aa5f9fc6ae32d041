/* Signals by name. */
#pragma once

/* "TERM" for 15, as kill(1) prints it; NULL for a number without a name. */
const char *signal_name(int number);

/* 15, TERM, SIGTERM, sigterm: the number; -1 where there is no such signal. */
int signal_number(const char *name);
