/* Programs handed to where they could be written to. */
#pragma once

/* A sealed copy of the program at path in memory, to be run by execveat(2): who reaches it as
 * /proc/PID/exe can change nothing, neither it nor the file it came from. memfd_create(2). Returns
 * a close-on-exec descriptor, or -1 with errno set. */
int seal_program(const char *path);
