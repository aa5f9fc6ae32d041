/* archive/layer: a tar becomes a tree of files in overlay's form, and the other way round.
 * May include: archive/stream base.
 * Never: leaves the folder that it was given as its root.
 * Begin at: layer.h, then tree.h. */
/* One layer: a tar becomes a tree. */
#pragma once

#include <stdint.h>

#include "archive/digest.h"

struct error;

/* What to unpack, and where to. The process stands in the layer's folder as its root. */
struct layer {
	int blob;            /* the tar, compressed or not */
	int root;            /* "/" */
	int list;            /* for what is to be settled: settle.h */
	int overseer;        /* see tree.h */
	unsigned number, of; /* for the progress */
	uint64_t size;       /* of the blob, in bytes */
	uint64_t limit;      /* for what it unpacks to, in bytes */
	bool closed;         /* that it is whole is known by its end alone: it has no digest */
};

/* Unpack it and report progress and notes. diff_id: the digest of its plain bytes. -1 with err, which
 * names the entry; what was written so far is to be thrown away. */
int layer_unpack(const struct layer *layer, char diff_id[HEX], struct error *err);

/* The clean form of an entry's name, without "." and slashes at the ends, into ret (PATH_MAX bytes).
 * A slash in front counts for nothing: "/etc" is etc in the layer. -1 with err for names that
 * lead out of it by "..", or are too long or too deep. */
int layer_path(const char *name, char *ret, struct error *err);
