/* archive/stream: the bytes of a tar, decompressed, counted and held against their checksums.
 * May include: base.
 * Never: writes a file.
 * Begin at: stream.h. */
/* A tar, compressed or not, as a stream of its plain bytes: counted, held against a limit, and
 * with its digest taken. libarchive decompresses. */
#pragma once

#include <archive.h>
#include <stdbool.h>
#include <stdint.h>

#include "archive/digest.h"
#include "archive/stream/headers.h"
#include "base/text.h"

struct error;

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD, PACKING_XZ, PACKING_BZIP2 };

struct gunzip;

struct stream {
	struct archive *raw;     /* decompresses; gzip is done by gunzip and comes through it as it is */
	struct gunzip *gunzip;   /* or NULL */
	struct archive *tar;     /* reads the entries; NULL until stream_tar() */
	struct digest digest;    /* of the plain bytes */
	uint64_t bytes, limit;   /* plain bytes so far, and how many there may be */
	const void *block;       /* read, but asked for by nobody yet */
	size_t block_size;
	bool ended, too_large, padded;
	bool begun;              /* an entry has been read */
	bool in_headers;         /* the tar's reader is at the headers of an entry, */
	uint64_t headers_at;     /* which begin at this plain byte; */
	struct text headers;     /* what of them lay in more than one block */
	struct headers said;     /* and what they say that libarchive does not */
	unsigned char tail[1024]; /* the last bytes: two zero blocks end a tar */
};

/* What the first bytes of a file say that it is packed with. Leaves fd's position alone. */
enum packing packing_of(int fd);
const char *packing_name(enum packing packing);

/* Begin to read fd, which stays the caller's, from its position on. -1 with err. */
int stream_open(struct stream *stream, int fd, uint64_t limit, struct error *err);
void stream_done(struct stream *stream);
#define cleanup_stream __attribute__((cleanup(stream_done)))

/* The next plain bytes, which belong to the stream: their number, 0 at the end, -1 with err. */
ssize_t stream_read(struct stream *stream, const void **bytes, struct error *err);

/* Read it as a tar from now on: entries through stream->tar. -1 with err. */
int stream_tar(struct stream *stream, struct error *err);

/* The next entry of the tar: 1, 0 at its end, -1 with err. Names are kept byte for byte. What
 * libarchive warns of is an error, but for the few things that are not damage. */
int stream_next(struct stream *stream, struct archive_entry **entry, struct error *err);

/* fail() about what libarchive could not do with the tar. */
int stream_fail(const struct stream *stream, struct error *err);

/* Read what is left after the tar's end, so that the digest is that of all. -1 with err. */
int stream_drain(struct stream *stream, struct error *err);

/* How far the packed file has been read, in bytes. */
uint64_t stream_packed(const struct stream *stream);

/* Whether the plain bytes end as a tar has to: in zeros, and in whole blocks of 512. */
bool stream_closed(const struct stream *stream);
