/* What a file system has left, and whether that is why a call ended with ENOSPC: the one place that judges it. statvfs(3). */
#pragma once

#include <stdbool.h>

#include "base/causes/causes.h"

struct room {
	unsigned long long left, block;   /* bytes for this user, and the fewest that a file takes */
	unsigned long long size;          /* bytes in all */
	unsigned long long inodes, files; /* free ones, and all; files 0: it has no such number */
	bool read_only;
};

/* That of the file system of an open file, or of a path. false where it cannot be asked: errno. */
bool room_of(int fd, struct room *ret);
bool room_at(const char *path, struct room *ret);

/* Whether it is a file system in memory that was made for so many bytes, tmpfs(5): they are made whole blocks. 0 bytes: none is. */
bool room_made_for(const struct room *room, unsigned long long bytes);

/* What it lacks for wanted bytes (0: a name alone): CAUSE_FILE_FULL, CAUSE_FILE_NO_INODES; CAUSE_COUNT for nothing. */
enum cause_id room_lacks(const struct room *room, unsigned long long wanted);

/* A size to be given in place of its own: 64 MiB, or the double of what is as much. */
unsigned long long room_more(const struct room *room);
