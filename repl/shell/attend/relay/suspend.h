/* Ctrl-Z for a program that is attended to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct program;

/* Where in the keys that were typed for a program with a pseudo-terminal the one is that stops it, as its
 * terminal is set up: termios(3), VSUSP. length where there is none: it reads the key itself, a program
 * that it has started is in the foreground, as below a shell, or it ignores SIGTSTP, as a shell does. */
size_t suspend_key(const struct program *program, const char *keys, size_t length);

/* Stop it. The program leads a session of its own, whose process group counts as orphaned, so the kernel drops
 * SIGTSTP where that would stop: a program that handles it has its time for that, and then comes SIGSTOP.
 * False where it has not stopped within seconds. setpgid(2). */
bool suspend_program(const struct program *program);
