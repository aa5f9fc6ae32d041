/* The janitor's part in background programs: it reads what they print, so that they never wait for
 * a person, and keeps the last of it in rings. */
#pragma once

#include <poll.h>
#include <stddef.h>

struct ring;

/* Places at the front of what collect_watch() returns, for the caller's own. */
enum { COLLECT_FIRST = 2 };

struct collected {
	int pipe;
	struct ring *ring;
};

struct collection {
	struct collected *list;
	size_t count;
	struct pollfd *polled; /* COLLECT_FIRST and one for each */
};

/* Begin to read pipe into the ring in the file; both descriptors are taken over. What cannot be
 * kept is not read, and the program ends by SIGPIPE. */
void collect_begin(struct collection *collection, int pipe, int file);

/* What to wait for: the caller fills the first COLLECT_FIRST. Valid until the next call. */
struct pollfd *collect_watch(struct collection *collection);

/* Take in what has come. Those at their end are forgotten. */
void collect_take(struct collection *collection, const struct pollfd *polled);
