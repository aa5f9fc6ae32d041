/* What the reader of archives has made becomes an image of the store, or nothing does. */
#pragma once

#include <jansson.h>

struct error;
struct image_made;

/* made is the folder in scratch with blobs/HEX and layers/0, 1, ...; result what the reader said of it
 * (foreign: all of it is checked). The image gets the name in ret, whose counts are filled in.
 * Data is on the disk before names lead to it, and the record comes last. -1 with err. */
int image_publish(const char *made, const json_t *result, struct image_made *ret,
		  struct error *err);
