/* Which file or folder on the way to a path refuses a process: EACCES of path_resolution(7). */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

struct arena;
struct error;
struct eyes;
struct mount;
struct reading;
struct text;

/* Give err the cause, the folder that refuses it with mode and owner, and the way out. path is absolute in the root of who;
 * writes: to the folder that it lies in; enters: it is a folder to be searched itself. false where none is found. */
bool denied_tell(const struct eyes *eyes, const struct reading *who, const char *path, bool writes, bool enters, struct error *err);

/* Whether mount (may be NULL) is a FUSE file system that refuses who, and why. fuse(4). */
bool denied_by_fuse(const struct mount *mount, const struct reading *who, struct text *why);

/* Whether modes and CAP_DAC_OVERRIDE do not give who what is wanted of a file: 1 to execute or search, 2 to write, 4 to
 * read. */
bool denied_by_mode(const struct eyes *eyes, const struct reading *who, const struct stat *st, unsigned wanted);

/* Whether the user namespace of who maps the owner and the group of a file: capabilities count for no other. */
bool denied_maps(const struct reading *who, const struct stat *st);

/* Where a mode refuses. */
struct denial {
	const char *path; /* in the arena, or the path that was asked about */
	unsigned lacks;   /* 1 to execute or search, 2 to write, 4 to read: the greatest of what is not given */
	bool mapped;      /* denied_maps() of it */
	struct stat st;
};

/* The first that refuses who on the way from the root to path (absolute in the root of who), as the kernel goes: itself is wanted of what lies there, 0 for
 * nothing; parent of the folder that it lies in, 1 to search it, 3 to write as well. false where none is found. */
bool denied_find(const struct eyes *eyes, const struct reading *who, const char *path, unsigned itself, unsigned parent, struct arena *arena,
		 struct denial *ret);

/* The same as a sentence: user, what it may not do, mode and owner. */
void denial_say(const struct denial *denial, const struct reading *who, struct text *ret);
