/* Files of an ordinary user's subordinate ids, which are his to make and to remove: subuid(5). */
#pragma once

/* Have a process do it that is root of a user namespace with these maps, as in /proc/PID/uid_map, which
 * newuidmap(1) and newgidmap(1) write. work returns 0, or -1 with errno set. 0, or -1 with errno set: work's, or
 * that of what made the namespace. */
int owned_do(const char *uid_map, const char *gid_map, int (*work)(const void *), const void *of);

/* remove_tree() of base/file/remove.h; where something in it belongs to another, once more by such a process,
 * with the caller's id as 0 and his subordinate ones. 0, or -1 with errno set: that of the first try where there
 * is no such namespace. */
int remove_owned(int dirfd, const char *name);
