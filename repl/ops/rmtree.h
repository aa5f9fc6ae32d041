/* Removing a folder with all that is in it. */
#pragma once

/* Remove name below dirfd: whatever it is, on one file system, links not followed, as deep as it may
 * be. 0, or -1 with errno set (EXDEV: something is mounted in it). What could be removed before
 * that is gone. */
int rmtree(int dirfd, const char *name);
