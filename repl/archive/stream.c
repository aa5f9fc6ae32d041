#include "archive/stream.h"

#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

enum { CHUNK = 256 * 1024, BLOCK = 512 };

static const unsigned char zeros[1024];

static const struct {
	const char *name, *magic;
	size_t length;
} packings[] = {
	[PACKING_NONE] = { "not compressed", "", 0 },
	[PACKING_GZIP] = { "gzip", "\x1f\x8b", 2 },
	[PACKING_ZSTD] = { "zstd", "\x28\xb5\x2f\xfd", 4 },
	[PACKING_XZ] = { "xz", "\xfd" "7zXZ", 6 },
	[PACKING_BZIP2] = { "bzip2", "BZh", 3 },
};

enum packing packing_of(int fd)
{
	char bytes[8] = "";

	if (pread(fd, bytes, sizeof(bytes), lseek(fd, 0, SEEK_CUR)) > 0)
		for (int i = PACKING_GZIP; i <= PACKING_BZIP2; i++)
			if (memcmp(bytes, packings[i].magic, packings[i].length) == 0)
				return (enum packing)i;
	return PACKING_NONE;
}

const char *packing_name(enum packing packing)
{
	return packings[packing].name;
}

static int fail_reading(struct archive *archive, const char *what, struct error *err)
{
	const char *said = archive_error_string(archive);
	int code = archive_errno(archive);

	/* Numbers below 0 are libarchive's own; EINVAL stands for a bad archive. */
	fail(err, 0, "%s", what);
	return fail_why(err, "%s", said ? vis(said) : errno_name(code));
}

/* A filter that libarchive was built without is done by a program, which it says with a warning:
 * there is none in here, and none is wanted. */
static int allow_packings(struct archive *archive)
{
	return archive_read_support_filter_gzip(archive) == ARCHIVE_OK &&
	       archive_read_support_filter_zstd(archive) == ARCHIVE_OK &&
	       archive_read_support_filter_xz(archive) == ARCHIVE_OK &&
	       archive_read_support_filter_bzip2(archive) == ARCHIVE_OK ? 0 : -1;
}

int stream_open(struct stream *stream, int fd, uint64_t limit, struct error *err)
{
	struct archive_entry *entry;

	*stream = (struct stream){ .raw = archive_read_new(), .limit = limit };
	if (!stream->raw)
		out_of_memory();
	digest_init(&stream->digest);
	if (allow_packings(stream->raw) < 0)
		return fail(err, 0, "libarchive was built without gzip, zstd, xz or bzip2");
	archive_read_support_format_raw(stream->raw);
	archive_read_support_format_empty(stream->raw);
	if (archive_read_open_fd(stream->raw, fd, CHUNK) != ARCHIVE_OK)
		return fail_reading(stream->raw, "the file cannot be read", err);
	int got = archive_read_next_header(stream->raw, &entry);
	stream->ended = got == ARCHIVE_EOF;
	if (got < ARCHIVE_WARN)
		return fail_reading(stream->raw, "the file cannot be unpacked", err);
	return 0;
}

void stream_done(struct stream *stream)
{
	if (stream->tar)
		archive_read_free(stream->tar);
	if (stream->raw)
		archive_read_free(stream->raw);
}

static void keep_tail(struct stream *stream, const unsigned char *bytes, size_t length)
{
	size_t keep = sizeof(stream->tail);

	if (length < keep) {
		memmove(stream->tail, stream->tail + length, keep - length);
		memcpy(stream->tail + keep - length, bytes, length);
	} else {
		memcpy(stream->tail, bytes + length - keep, keep);
	}
}

/* The next block into stream->block. 0, also at the end; ARCHIVE_FATAL. */
static int next_block(struct stream *stream)
{
	la_int64_t offset;

	stream->block_size = 0;
	while (!stream->ended && !stream->block_size) {
		int got = archive_read_data_block(stream->raw, &stream->block, &stream->block_size,
						  &offset);
		stream->ended = got == ARCHIVE_EOF;
		if (got < ARCHIVE_WARN && got != ARCHIVE_EOF)
			return ARCHIVE_FATAL;
	}
	if (stream->block_size > stream->limit - stream->bytes) {
		stream->too_large = true;
		return ARCHIVE_FATAL;
	}
	if (!stream->block_size)
		return 0;
	stream->bytes += stream->block_size;
	digest_add(&stream->digest, stream->block, stream->block_size);
	keep_tail(stream, stream->block, stream->block_size);
	return 0;
}

static int fail_large(const struct stream *stream, struct error *err)
{
	fail(err, EFBIG, "larger than the limit of %llu MiB",
	     (unsigned long long)(stream->limit >> 20));
	fail_why(err, "a small file can unpack to very much; nothing of it is kept");
	return fail_fix(err, "image import --max-size SIZE, if it is known to be that large");
}

static int fail_unpacking(const struct stream *stream, struct error *err)
{
	if (stream->too_large)
		return fail_large(stream, err);
	return fail_reading(stream->raw, "the file cannot be unpacked", err);
}

ssize_t stream_read(struct stream *stream, const void **bytes, struct error *err)
{
	if (next_block(stream) < 0)
		return fail_unpacking(stream, err);
	*bytes = stream->block;
	return (ssize_t)stream->block_size;
}

/* The last block of the last file may be cut short: umoci insert writes such layers, whose digest then
 * is that of what is there. */
static la_ssize_t feed(struct archive *tar, void *data, const void **bytes)
{
	struct stream *stream = data;

	(void)tar;
	if (next_block(stream) < 0)
		return ARCHIVE_FATAL;
	*bytes = stream->block;
	if (!stream->block_size && stream->bytes % BLOCK && !stream->padded) {
		stream->padded = true;
		*bytes = zeros;
		return BLOCK - (la_ssize_t)(stream->bytes % BLOCK);
	}
	return (la_ssize_t)stream->block_size;
}

int stream_tar(struct stream *stream, struct error *err)
{
	stream->tar = archive_read_new();
	if (!stream->tar)
		out_of_memory();
	archive_read_support_format_tar(stream->tar);
	archive_read_support_format_empty(stream->tar);
	if (archive_read_open(stream->tar, stream, NULL, feed, NULL) != ARCHIVE_OK)
		return stream_fail(stream, err);
	return 0;
}

int stream_fail(const struct stream *stream, struct error *err)
{
	struct error below;

	if (stream->too_large)
		return fail_large(stream, err);
	/* The decompressor's story, where it was that which failed. */
	if (archive_errno(stream->raw) && !stream->ended)
		return fail_reading(stream->raw, "it cannot be unpacked", err);
	fail_reading(stream->tar, "", &below);
	fail(err, 0, !stream->begun ? "not a tar" :
		     stream->ended ? "unexpected end of the tar" : "not a valid tar");
	return fail_why(err, "%s", below.why);
}

int stream_next(struct stream *stream, struct archive_entry **entry, struct error *err)
{
	int got;

	/* A name that is not UTF-8 is a warning; its bytes are there all the same. */
	while ((got = archive_read_next_header(stream->tar, entry)) == ARCHIVE_RETRY)
		;
	if (got == ARCHIVE_EOF)
		return 0;
	if (got < ARCHIVE_WARN)
		return stream_fail(stream, err);
	stream->begun = true;
	return 1;
}

int stream_drain(struct stream *stream, struct error *err)
{
	while (!stream->ended)
		if (next_block(stream) < 0)
			return fail_unpacking(stream, err);
	return 0;
}

uint64_t stream_packed(const struct stream *stream)
{
	la_int64_t bytes = archive_filter_bytes(stream->raw, -1);

	return bytes > 0 ? (uint64_t)bytes : 0;
}

bool stream_closed(const struct stream *stream)
{
	return stream->bytes >= sizeof(stream->tail) &&
	       memcmp(stream->tail, zeros, sizeof(stream->tail)) == 0;
}
