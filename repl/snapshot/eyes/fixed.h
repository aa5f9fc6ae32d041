/* File systems that show what the kernel has: nobody makes, renames or removes a name in them, whoever it is. proc(5), sysfs(5). */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct eyes;
struct mounts;
struct text;

/* Why name could not be made or removed as process pid sees it (absolute): it would be in such a one, in a folder that is there. The evidence
 * is appended. false where it is another file system. */
bool fixed_find(const struct eyes *eyes, pid_t pid, const struct mounts *mounts, const char *name, struct text *why);

/* Give err the cause by that. */
bool fixed_tell(const struct eyes *eyes, pid_t pid, const struct mounts *mounts, const char *name, struct error *err);
