/* tracefs without a place: seen through a mount that is attached nowhere. */
#pragma once

/* Open its root, O_PATH, tracefs of Documentation/trace/ftrace.rst; it is the same one for the whole machine. -1 with
 * errno set: ENODEV where the kernel has none, EPERM where this is not the machine's root. */
int tracefs_open(void);
