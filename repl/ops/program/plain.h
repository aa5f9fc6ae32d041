/* Whether a process that still has the shell's own program behind /proc/PID/exe may become another. */
#pragma once

#include <stdbool.h>

struct plan;

/* Whether the plan makes one process, which no other can see until it becomes a program, and that is a file
 * of the plan's layer that execve(2) loads alone: nothing of it leads to /proc/PID/exe of who calls execve(2),
 * as #! /proc/self/exe does. It looks at the file; false also where it cannot tell. */
bool plan_is_plain(const struct plan *plan);

/* Whether the plan does nothing but hold a network namespace and make what is in it: no process comes in, no program is
 * executed, and no file is opened but those of the network in /proc. */
bool plan_only_wires(const struct plan *plan);
