/* Programs handed to where they could be written to. */
#pragma once

/* The program at path, to be run by execveat(2) so that a process that reaches it as /proc/PID/exe can
 * change nothing of the file, not its content, nor mode, owner or times. It is that file by a mount of
 * its own that is read-only and in no mount namespace, so that nobody can make it writable again:
 * open_tree(2), mount_setattr(2), since Linux 5.12. The caller, too, could until it has closed the
 * descriptor: it must do so before anybody else runs beside it. Where no such mount can be made it is a
 * copy as of seal_copy(). Returns a close-on-exec descriptor, or -1 with errno set. */
int seal_program(const char *path);

/* A sealed copy of it in memory, without what only debuggers read, of which nobody can change the content: memfd_create(2). Slower to
 * start by what it takes to copy. Returns as seal_program() does. */
int seal_copy(const char *path);
