#include "session/host/ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

struct ring {
	/* How many bytes were ever begun to be written, and how many are there. */
	_Atomic uint64_t begun, written;
	char bytes[RING_BYTES];
};

int ring_make(void)
{
	cleanup_fd int fd = memfd_create("output", MFD_CLOEXEC);

	/* No page is there before it is written to. */
	if (fd < 0 || ftruncate(fd, sizeof(struct ring)) < 0)
		return -1;
	return steal_fd(&fd);
}

struct ring *ring_map(int fd)
{
	void *ring = mmap(NULL, sizeof(struct ring), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return ring == MAP_FAILED ? NULL : ring;
}

void ring_unmap(struct ring *ring)
{
	if (ring)
		munmap(ring, sizeof(*ring));
}

void ring_write(struct ring *ring, const char *bytes, size_t length)
{
	uint64_t at = atomic_load(&ring->written);

	atomic_store(&ring->begun, at + length);
	for (size_t done = 0; done < length;) {
		size_t place = (at + done) % RING_BYTES, room = RING_BYTES - place;
		size_t part = length - done < room ? length - done : room;
		memcpy(ring->bytes + place, bytes + done, part);
		done += part;
	}
	atomic_store(&ring->written, at + length);
}

uint64_t ring_written(const struct ring *ring)
{
	return atomic_load(&ring->written);
}

uint64_t ring_kept(const struct ring *ring)
{
	uint64_t written = ring_written(ring);

	return written < RING_BYTES ? written : RING_BYTES;
}

uint64_t ring_read(const struct ring *ring, struct text *ret)
{
	cleanup_text struct text copy = { 0 };
	uint64_t end = atomic_load(&ring->written);
	uint64_t from = end > RING_BYTES ? end - RING_BYTES : 0;

	for (uint64_t at = from; at < end;) {
		size_t place = at % RING_BYTES, room = RING_BYTES - place;
		size_t part = end - at < room ? (size_t)(end - at) : room;
		text_addn(&copy, ring->bytes + place, part);
		at += part;
	}
	/* What was written over meanwhile is neither the one nor the other. */
	uint64_t begun = atomic_load(&ring->begun);
	uint64_t whole = begun > RING_BYTES ? begun - RING_BYTES : 0;
	if (whole > end)
		whole = end;
	if (whole < from)
		whole = from;
	text_addn(ret, text_of(&copy) + (whole - from), (size_t)(end - whole));
	return whole;
}
