/* The blobs of an OCI image layout, by their digests. */
#pragma once

#include "archive/image/document.h"
#include "archive/image/import.h"

struct layout {
	const struct import *import;
	int folder; /* -1: all blobs are there already */
	uint64_t total;
	struct found *found;
};

/* Open a file of the layout's folder to read it. Links are followed within the folder: some tools share
 * blobs by them. -1 with errno set, and why, for err: what it is and its path. */
int layout_open(int folder, const char *path);
int layout_fail_open(int folder, const char *what, const char *path, struct error *err);

/* See that blobs/HEX is there, and is what the descriptor says; what is not there yet is fetched from the
 * layout's folder. what: what it is, for errors. 0, or -1 with err. */
int blob_fetch(struct layout *layout, const struct descriptor *blob, const char *what, struct error *err);

/* The same, and what it says. NULL with err. */
json_t *blob_document(struct layout *layout, const struct descriptor *blob, const char *what,
		      struct error *err);
