/* What libarchive passes over in a tar's headers, and other readers refuse: an archive that says it
 * is damaged. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct error;

/* What libarchive reads otherwise than it is meant. */
struct headers {
	bool before; /* mtime is before 1970, and */
	struct timespec mtime;
};

/* The headers of one entry, from the first extended one (pax, POSIX.1 "pax Interchange Format") to its
 * own; bytes after that are not looked at. -1 with err: records of another length than is said, and
 * names with a NUL in them. */
int headers_check(const void *bytes, size_t size, struct headers *ret, struct error *err);
