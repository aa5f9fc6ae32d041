/* Layers and blobs that no image has any more. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct error;
struct image;

struct swept {
	size_t layers;  /* that are gone */
	size_t blobs;   /* the same */
	size_t copies;  /* of them, with other ids: image/copies.h */
	size_t known;   /* records of folders that commit has packed: image/intake/known.h */
	uint64_t bytes; /* of blobs that are gone */
	size_t damaged; /* records that cannot be read */
	size_t left;    /* layers and blobs that could not be removed: the next sweep finds them */
	int code;       /* and why not: the errno of the first */
};

/* Under the store's lock: 1 where it has a folder of records, 0 where it has neither that nor layers and blobs. -1 with err: it
 * has these, and its folder of records was taken away, without which nobody can tell what they are of. */
int store_has_records(const char *path, int store, struct error *err);

/* Under the store's lock: remove what no record names. store is the store's folder. Where a record
 * is damaged, only what gone had is removed (an image whose record is no more; NULL: none), for
 * the rest may be what the damaged one names; where one could not be read, nothing is, and is left. -1 with err. */
int store_sweep(const char *path, int store, const struct image *gone, struct swept *ret,
		struct error *err);
