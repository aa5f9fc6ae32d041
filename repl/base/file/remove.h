/* Removing a whole tree of files. */
#pragma once

/* Remove what is called name below dirfd, with all that is in it. Follows no link and enters no
 * mount: a folder on which something is mounted, be it of the same device, as a bind mount is, ends
 * it with EXDEV, and what is below the mount stays. Makes folders of this user's passable on the
 * way. However deep the tree is, it takes three descriptors and no stack. 0, or -1 with errno set:
 * EXDEV, EBUSY (a folder was moved elsewhere meanwhile), unlinkat(2)'s; what could be removed
 * before that is gone. */
int remove_tree(int dirfd, const char *name);
