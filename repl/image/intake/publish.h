/* What the archive reader has made becomes an image of the store, or nothing does. */
#pragma once

#include <jansson.h>
#include <stddef.h>

struct error;
struct image_made;

/* The names of folders of layers that are below those of the result, and in the store already. */
struct image_below {
	const char *const *folders;
	size_t count;
	int *held; /* what keeps them there: closed, and set to -1, when the store is locked */
	size_t held_count;
	const struct there *there; /* layers of the store that need not be in made, if they are still as they were */
	size_t there_count;
};

/* made is the folder in scratch with blobs/HEX and layers/0, 1, ...; result what the reader said about
 * it (foreign: all of it is checked). The image gets the name in ret, whose counts are filled in. below
 * may be NULL. Data is on the disk before names lead to it, and the record comes last. -1 with err; IMAGE_CHANGED
 * with err where a layer that is not in made is not what it was. */
int image_publish(const char *made, const json_t *result, const struct image_below *below,
		  struct image_made *ret, struct error *err);
