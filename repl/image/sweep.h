/* Layers and blobs that no image has any more. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct error;

/* Under the store's lock: remove what no record names. store is the store's folder. When a record
 * cannot be read nothing is removed. layers and freed (bytes of blobs) may be NULL. -1 with err. */
int store_sweep(const char *path, int store, size_t *layers, uint64_t *freed,
		struct error *err);
