/* What a program in the background has printed: the last so many bytes, in memory that two
 * processes share, of which one writes and the other reads. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ring;
struct text;

enum { RING_BYTES = 1 << 20 };

/* A file in memory for one. -1 with errno set. memfd_create(2). */
int ring_make(void);

/* Share the one in fd, which may be closed. NULL with errno set. ring_unmap(NULL) is none. */
struct ring *ring_map(int fd);
void ring_unmap(struct ring *ring);

void ring_write(struct ring *ring, const char *bytes, size_t length);

/* How many bytes were ever written, and how many of them it keeps. */
uint64_t ring_written(const struct ring *ring);
uint64_t ring_kept(const struct ring *ring);

/* Append what is kept to ret; returns how many bytes came before it and are gone. */
uint64_t ring_read(const struct ring *ring, struct text *ret);
