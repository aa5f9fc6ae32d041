/* Whether the store still holds what was put into it. */
#pragma once

#include <stddef.h>

#include "image/intake/intake.h"
#include "image/intake/sweep.h"

struct error;

struct verified {
	size_t images, damaged, layers; /* that were looked at; damaged: images */
	size_t unread;                  /* files that this user may not read: their contents were not compared */
	size_t unfinished;              /* what a crash had left in the making, and is removed */
	struct swept swept;             /* layers and blobs that no image had */
};

/* Is called for each image: layers of it are whole, or err has what is damaged. */
struct verify_told {
	void *data;
	void (*image)(void *data, const char *name, size_t layers, const struct error *err);
};

/* Check the image called name, or all, and then remove what no image has and what is unfinished. All blobs are read
 * and have the digests that they are called by; each layer is unpacked once more beside what is there, and compared.
 * -1 with err where that could not be done (damage is told and counted, not an error); IMAGE_STOPPED with err. */
int image_verify(const char *name, const struct verify_told *told, const struct image_watch *watch,
		 struct verified *ret, struct error *err);
