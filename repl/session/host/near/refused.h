/* A janitor that could not be started, because the kernel does not execute the program that it should become. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;

/* What it ends with then: EACCES and EPERM, any other errno. */
enum { EXEC_REFUSED = 126, EXEC_FAILED = 127 };

/* Whether a process that should have become the janitor, and whose socket is closed, ended with one of these. */
bool was_refused(pid_t janitor);

/* Tell why, and what a profile lacks. Returns -1. */
int fail_refused(pid_t janitor, struct error *err);
