/* Paths that somebody else could bend: an image's, a volume's, a learner's. Each is resolved below
 * a folder held open, root, as if that were "/": an absolute link inside leads to root, ".."
 * never above it, and the magic links of proc(5) are not followed. openat2(2) with
 * RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS does that in the kernel, since Linux 5.6; where it answers
 * ENOSYS the same is done by walking, a part at a time, with O_PATH|O_NOFOLLOW.
 *
 * What comes back is a descriptor: a process that renames a folder or puts a link in its place afterwards
 * changes a name, not what is held. All are close-on-exec, and -1 comes with errno set. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Open path below root with open(2)'s flags; mode as there, for O_CREAT. A link at the end is
 * followed (in root) unless flags have O_NOFOLLOW. */
int inroot_open(int root, const char *path, int flags, mode_t mode);

/* The folder (O_PATH) that the last part of path lies in, and that part: for the *at() calls, which
 * follow no link in it. The path may not end in "." or "..": EINVAL. *name points into path. */
int inroot_parent(int root, const char *path, const char **name);

/* The folder path (O_PATH), made with this mode where it or a folder on its way is missing: links
 * to folders are followed in root, a dangling one is EEXIST, anything else ENOTDIR. */
int inroot_mkdirs(int root, const char *path, mode_t mode);

/* Open path below base (a descriptor), "" for base itself, where no link is followed and nothing leads
 * out: ELOOP, EXDEV. */
int inroot_beneath(int base, const char *path, int flags);

/* inroot_open() and inroot_beneath() without openat2(2): for kernels before 5.6, and for the tests. */
int inroot_walk(int root, const char *path, int flags, mode_t mode);
int inroot_walk_beneath(int base, const char *path, int flags);

/* "/proc/self/fd/FD": for the calls that take no descriptor, mount(2) above all. ret has room for
 * 32 bytes; returns ret. */
char *inroot_name(int fd, char *ret);
