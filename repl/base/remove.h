/* Taking a whole tree of files away. */
#pragma once

/* Remove what is called name below dirfd, with all that is in it. Follows no links; makes folders
 * of this user's passable on the way. However deep the tree is, it takes three descriptors and no
 * stack. 0, or -1 with errno set. */
int remove_tree(int dirfd, const char *name);
