/* A new image out of an old one and layers on top of it: a reader's work. */
#pragma once

#include <stddef.h>

struct error;

/* Digests are 64 digits of what lies in "blobs". */
struct commit {
	const char *manifest, *config; /* of the image below; NULL: there is none */
	const char *const *known;      /* tars, the lowest first, that need not be unpacked: they have been before */
	size_t known_count;
	const char *const *layers;     /* those on top of them */
	size_t layer_count;
	const char *created_by, *comment;
};

/* A reader: see overseer.h. data is a struct commit. */
int commit_reader(void *data, int overseer, struct error *err);
