/* Bytes that become a blob: written to blobs/.new, and called by their digest when they are all
 * there. One at a time. */
#pragma once

#include <stdint.h>

#include "archive/digest.h"

struct error;
struct stream;

struct spool {
	int fd;
	struct digest digest;
	uint64_t size, limit;
};

/* -1 with err. A spool that was opened is ended by spool_close() or spool_done(). */
int spool_open(struct spool *spool, uint64_t limit, struct error *err);
int spool_add(struct spool *spool, const void *bytes, size_t length, struct error *err);
int spool_close(struct spool *spool, char hex[HEX], struct error *err);
void spool_done(struct spool *spool);
#define cleanup_spool __attribute__((cleanup(spool_done)))

/* All at once: these bytes; what is left to read in a file (what names it in the progress; total:
 * how much that is), which must not be more than limit. */
int spool_bytes(const void *bytes, size_t length, char hex[HEX], struct error *err);
int spool_file(int fd, const char *what, uint64_t total, uint64_t limit, char hex[HEX],
	       uint64_t *size, struct error *err);
