/* An image of the store as an OCI image layout in a tar, its blobs as they came. */
#pragma once

#include <stdint.h>

struct error;

struct export {
	const char *manifest; /* 64 digits */
	const char *name;     /* the image's, with its tag */
};

/* The process has the store's blobs as its root; the tar goes to fd. The same image gives the same
 * bytes each time. Every blob is checked on its way. Returns the exit status; what went wrong has
 * been reported. */
int export_image(const struct export *export, int fd);
