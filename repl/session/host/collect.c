#include "session/host/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"
#include "session/host/ring.h"

enum { CHUNK = 64 * 1024 };

void collect_begin(struct collection *collection, int pipe, int file)
{
	struct ring *ring = ring_map(file);

	close(file);
	if (!ring || fcntl(pipe, F_SETFL, O_NONBLOCK) < 0) {
		ring_unmap(ring);
		close(pipe);
		return;
	}
	LIST_FIT(collection->list, collection->count + 1);
	collection->list[collection->count++] = (struct collected){ pipe, ring };
}

struct pollfd *collect_watch(struct collection *collection)
{
	LIST_FIT(collection->polled, collection->count + COLLECT_FIRST);
	for (size_t i = 0; i < collection->count; i++)
		collection->polled[COLLECT_FIRST + i] =
			(struct pollfd){ collection->list[i].pipe, POLLIN, 0 };
	return collection->polled;
}

/* Read at most one ring's worth per turn, so that requests to the janitor come next. False at the
 * end of the pipe. */
static bool take(const struct collected *one)
{
	static char bytes[CHUNK];

	for (size_t total = 0; total < RING_BYTES;) {
		ssize_t n = read(one->pipe, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		ring_write(one->ring, bytes, (size_t)n);
		total += (size_t)n;
	}
	return true;
}

void collect_take(struct collection *collection, const struct pollfd *polled)
{
	size_t kept = 0;

	for (size_t i = 0; i < collection->count; i++) {
		struct collected one = collection->list[i];
		if (!polled[COLLECT_FIRST + i].revents || take(&one)) {
			collection->list[kept++] = one;
			continue;
		}
		close(one.pipe);
		ring_unmap(one.ring);
	}
	collection->count = kept;
}
