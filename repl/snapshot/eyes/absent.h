/* What is not there on the way to a path: ENOENT and ENOTDIR of path_resolution(7), EEXIST of a link that leads nowhere. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct arena;
struct error;
struct eyes;

struct absence {
	enum { ABSENT_NAME, ABSENT_TARGET, ABSENT_FOLDER } kind; /* nothing has the name; a link leads to nothing; it is no folder */
	const char *path;   /* of the first such, in the arena */
	const char *target; /* what the link says, "" where it cannot be read */
	bool own;           /* it was looked for among the files of the shell itself */
};

/* The first on the way from the root of process pid to path (absolute there), as the kernel goes; false where all is there.
 * enters: path is to be a folder itself. */
bool absent_find(const struct eyes *eyes, pid_t pid, const char *path, bool enters, struct arena *arena, struct absence *ret);

/* Give err the cause and the evidence. */
void absent_tell(const struct absence *absence, struct error *err);
