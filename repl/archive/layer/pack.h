/* A layer's files become a tar: the other way round from layer.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct pack {
	const char *const *without; /* paths that stay out, clean, without a slash in front */
	size_t without_count;
	bool userxattr; /* overlay has its notes in user.overlay.*, as a mount with this option; else trusted. */
	const char *known; /* how it looked when it was packed before; NULL: not known */
};

/* The process has the layer's folder as its root; the tar goes to fd. Deletions and opaque folders in
 * overlay's forms become .wh.NAME and .wh..wh..opq. Somebody may be writing to the files meanwhile:
 * each is what it is when it is read. Where the tree still looks as known (looks.h) nothing is read and written, and
 * the result says "same". Returns the exit status; what went wrong has been reported. */
int pack_layer(const struct pack *pack, int fd);
