/* A new image out of an old one and layers on top of it: a clerk's work. */
#pragma once

#include <stddef.h>

struct error;

/* Digests are 64 digits of what lies in "blobs". */
struct commit {
	const char *manifest, *config; /* of the image below; NULL: there is none */
	const char *const *layers;     /* tars, the lowest first */
	size_t layer_count;
	const char *created_by, *comment;
};

/* A clerk: see overseer.h. data is a struct commit. */
int commit_clerk(void *data, int overseer, struct error *err);
