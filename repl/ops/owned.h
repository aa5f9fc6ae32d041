/* Files of an ordinary user's subordinate ids, which are his to remove: subuid(5). */
#pragma once

/* remove_tree() of base/file/remove.h; where something in it belongs to another, once more by a process
 * that is root of a user namespace with the caller's id and his subordinate ones, which newuidmap(1)
 * maps. 0, or -1 with errno set: that of the first try where there is no such namespace. */
int remove_owned(int dirfd, const char *name);
