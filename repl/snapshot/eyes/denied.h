/* Which folder on the way to a path refuses a process: EACCES of path_resolution(7). */
#pragma once

#include <stdbool.h>

struct error;
struct eyes;
struct mount;
struct reading;
struct stat;
struct text;

/* Give err the cause, the folder that refuses it with mode and owner, and the way out. path is absolute in the root of who;
 * writes: to the folder that it lies in; enters: it is a folder to be searched itself. false where none is found. */
bool denied_tell(const struct eyes *eyes, const struct reading *who, const char *path, bool writes, bool enters, struct error *err);

/* Whether mount (may be NULL) is a FUSE file system that refuses who, and why. fuse(4). */
bool denied_by_fuse(const struct mount *mount, const struct reading *who, struct text *why);

/* Whether modes and CAP_DAC_OVERRIDE do not give who what is wanted of a file: 1 to execute or search, 2 to write. */
bool denied_by_mode(const struct eyes *eyes, const struct reading *who, const struct stat *st, unsigned wanted);
