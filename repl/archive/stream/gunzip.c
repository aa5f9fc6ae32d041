#include "archive/stream/gunzip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"

enum { IN = 64 * 1024, OUT = 256 * 1024, GZIP = 16 + MAX_WBITS /* inflateInit2(): the format */ };

struct gunzip {
	int fd;
	z_stream z;
	bool within; /* a member that has not ended */
	uint64_t packed;
	unsigned char in[IN], out[OUT];
};

struct gunzip *gunzip_new(int fd)
{
	struct gunzip *ret = calloc(1, sizeof(*ret));

	if (!ret || inflateInit2(&ret->z, GZIP) != Z_OK)
		out_of_memory();
	ret->fd = fd;
	return ret;
}

void gunzip_free(struct gunzip *gunzip)
{
	if (gunzip)
		inflateEnd(&gunzip->z);
	free(gunzip);
}

uint64_t gunzip_packed(const struct gunzip *gunzip)
{
	return gunzip->packed;
}

/* More to unpack: 1, 0 at the end of the file, -1 with *why. */
static int fill(struct gunzip *gunzip, const char **why)
{
	ssize_t n;

	while ((n = read(gunzip->fd, gunzip->in, IN)) < 0 && errno == EINTR)
		;
	if (n < 0)
		*why = errno_name(errno);
	if (n <= 0)
		return (int)n;
	gunzip->packed += (uint64_t)n;
	gunzip->z.next_in = gunzip->in;
	gunzip->z.avail_in = (uInt)n;
	return 1;
}

/* One call of inflate(3): -1 with *why. What zlib has to say is a static text. */
static int step(struct gunzip *gunzip, const char **why)
{
	z_stream *z = &gunzip->z;

	/* Behind a member there may be another. */
	if (!gunzip->within && inflateReset(z) != Z_OK) {
		*why = "zlib cannot begin";
		return -1;
	}
	gunzip->within = true;
	int got = inflate(z, Z_NO_FLUSH);
	if (got == Z_STREAM_END)
		gunzip->within = false;
	else if (got != Z_OK && got != Z_BUF_ERROR) {
		*why = z->msg ? z->msg : "damaged gzip data";
		return -1;
	}
	return 0;
}

ssize_t gunzip_read(struct gunzip *gunzip, const void **bytes, const char **why)
{
	z_stream *z = &gunzip->z;

	z->next_out = gunzip->out;
	z->avail_out = OUT;
	while (z->avail_out == OUT) {
		int more = z->avail_in ? 1 : fill(gunzip, why);
		if (more == 0 && gunzip->within)
			*why = "the gzip data ends too early";
		if (more < 0 || (more == 0 && gunzip->within))
			return -1;
		if (more == 0)
			break;
		if (step(gunzip, why) < 0)
			return -1;
	}
	*bytes = gunzip->out;
	return OUT - (ssize_t)z->avail_out;
}
