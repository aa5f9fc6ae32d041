/* The last wall: the system calls that reading an archive takes, and no others. seccomp(2). */
#pragma once

struct error;

/* From here on every other call ends in EPERM, and for good; foreign system call tables end the
 * process. -1 with err. */
int filter_load(struct error *err);
