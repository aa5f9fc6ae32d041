/* What a file system has left: a tmpfs has a size and a number of inodes of its own, others as many as were made for
 * them. base/causes/room.h. */
#pragma once

#include <stdbool.h>

struct error;
struct failure;
struct mount;
struct reading;
struct room;
struct text;

/* What there is now where folder (absolute in the root of at->pid) lies; of a union, where its writable layer does. Returns
 * the mount; NULL where that cannot be looked at. */
const struct mount *room_look(const struct failure *at, const char *folder, struct room *ret);

/* Give err the cause of ENOSPC on this mount, and the way out. wanted: bytes, 0 for a name alone. false where room has enough
 * of both. */
bool room_tell(const struct failure *at, const struct mount *on, const struct room *room, unsigned long long wanted, struct error *err);

/* The way out for a tmpfs: the option of its mount that gives it more; and where the child may not mount, the line of a container
 * that has a volume in its place. Both appended to ret. */
bool room_is_fixed(const struct reading *child);
void room_option(const struct room *room, bool full, struct text *ret);
void room_volume(const struct mount *on, struct text *ret);
