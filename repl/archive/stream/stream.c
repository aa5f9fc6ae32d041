#include "archive/stream/stream.h"

#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "archive/stream/gunzip.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"

enum { CHUNK = 256 * 1024, BLOCK = 512, MOST_HEADERS = 8 << 20 };

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

/* zstd: a frame that is to be passed over may come first, RFC 8878, 3.1.2. */
static bool is_skippable(const char *magic)
{
	return (magic[0] & 0xf0) == 0x50 && memcmp(magic + 1, "\x2a\x4d\x18", 3) == 0;
}

enum packing packing_of(int fd)
{
	char bytes[8] = "";

	if (pread(fd, bytes, sizeof(bytes), lseek(fd, 0, SEEK_CUR)) > 0) {
		if (is_skippable(bytes))
			return PACKING_ZSTD;
		for (int i = PACKING_GZIP; i <= PACKING_BZIP2; i++)
			if (memcmp(bytes, packings[i].magic, packings[i].length) == 0)
				return (enum packing)i;
	}
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
	fail_id(err, ERR_ARCHIVE_INVALID, 0, "%s", _(what));
	return fail_why(err, "%s", said ? vis(said) : code > 0 ? errno_name(code) :
				   _("libarchive does not say why"));
}

/* A filter that libarchive was built without is done by a program, which it says with a warning:
 * there is none in here, and none is wanted. */
static int allow_packing(struct archive *archive, enum packing packing)
{
	switch (packing) {
	case PACKING_NONE:
	case PACKING_GZIP:
		return ARCHIVE_OK;
	case PACKING_ZSTD:
		return archive_read_support_filter_zstd(archive);
	case PACKING_XZ:
		return archive_read_support_filter_xz(archive);
	case PACKING_BZIP2:
		return archive_read_support_filter_bzip2(archive);
	}
	return ARCHIVE_FATAL;
}

/* libarchive knows a zstd file by its first frame with something in it. */
static void skip_frames(int fd)
{
	unsigned char head[8];

	while (pread(fd, head, sizeof(head), lseek(fd, 0, SEEK_CUR)) == sizeof(head) &&
	       is_skippable((const char *)head)) {
		off_t length = head[4] | head[5] << 8 | head[6] << 16 | (off_t)head[7] << 24;
		lseek(fd, length + (off_t)sizeof(head), SEEK_CUR);
	}
}

static la_ssize_t feed_gunzip(struct archive *archive, void *data, const void **bytes)
{
	struct stream *stream = data;
	const char *why = "";
	ssize_t n = gunzip_read(stream->gunzip, bytes, &why);

	if (n >= 0)
		return n;
	archive_set_error(archive, EILSEQ, "%s", why);
	return ARCHIVE_FATAL;
}

static int open_raw(struct stream *stream, int fd, enum packing packing)
{
	if (packing == PACKING_ZSTD)
		skip_frames(fd);
	if (packing != PACKING_GZIP)
		return archive_read_open_fd(stream->raw, fd, CHUNK);
	stream->gunzip = gunzip_new(fd);
	return archive_read_open(stream->raw, stream, NULL, feed_gunzip, NULL);
}

int stream_open(struct stream *stream, int fd, uint64_t limit, struct error *err)
{
	enum packing packing = packing_of(fd);
	struct archive_entry *entry;

	*stream = (struct stream){ .raw = archive_read_new(), .limit = limit };
	if (!stream->raw)
		out_of_memory();
	digest_init(&stream->digest);
	if (allow_packing(stream->raw, packing) != ARCHIVE_OK)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "libarchive was built without %s", packing_name(packing));
	archive_read_support_format_raw(stream->raw);
	archive_read_support_format_empty(stream->raw);
	if (open_raw(stream, fd, packing) != ARCHIVE_OK)
		return fail_reading(stream->raw, N_("the file cannot be read"), err);
	int got = archive_read_next_header(stream->raw, &entry);
	stream->ended = got == ARCHIVE_EOF;
	if (got != ARCHIVE_OK && got != ARCHIVE_EOF)
		return fail_reading(stream->raw, N_("the file cannot be unpacked"), err);
	return 0;
}

void stream_done(struct stream *stream)
{
	if (stream->tar)
		archive_read_free(stream->tar);
	if (stream->raw)
		archive_read_free(stream->raw);
	gunzip_free(stream->gunzip);
	text_done(&stream->headers);
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
		if (got != ARCHIVE_OK && got != ARCHIVE_EOF)
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
	fail_id(err, ERR_ARCHIVE_LIMIT, EFBIG, "larger than the limit of %llu MiB",
	     (unsigned long long)(stream->limit >> 20));
	fail_why(err, "a small file can unpack to a very large one; nothing is kept");
	return fail_fix(err, "image import --max-size SIZE, if you know it to be that large");
}

static int fail_unpacking(const struct stream *stream, struct error *err)
{
	if (stream->too_large)
		return fail_large(stream, err);
	return fail_reading(stream->raw, N_("the file cannot be unpacked"), err);
}

ssize_t stream_read(struct stream *stream, const void **bytes, struct error *err)
{
	if (next_block(stream) < 0)
		return fail_unpacking(stream, err);
	*bytes = stream->block;
	return (ssize_t)stream->block_size;
}

/* Of the headers that are being read: what lies in the block at hand; an empty file has no block. */
static const char *headers_at_hand(const struct stream *stream, size_t *size)
{
	uint64_t begin = stream->bytes - stream->block_size;
	size_t before = stream->headers_at > begin ? (size_t)(stream->headers_at - begin) : 0;

	*size = before < stream->block_size ? stream->block_size - before : 0;
	return *size ? (const char *)stream->block + before : NULL;
}

/* Before the next block takes its place. */
static void keep_headers(struct stream *stream)
{
	size_t size;
	const char *at = headers_at_hand(stream, &size);

	if (stream->in_headers && size)
		text_addn(&stream->headers, at, size);
}

/* The last block of the last file may be cut short: umoci insert writes such layers, whose digest then
 * is that of what is there. */
static la_ssize_t feed(struct archive *tar, void *data, const void **bytes)
{
	struct stream *stream = data;

	keep_headers(stream);
	if (stream->headers.len > MOST_HEADERS) {
		archive_set_error(tar, EILSEQ, "headers of more than %d MiB",
				  MOST_HEADERS >> 20);
		return ARCHIVE_FATAL;
	}
	if (next_block(stream) < 0)
		return ARCHIVE_FATAL;
	*bytes = stream->block;
	if (!stream->block_size && stream->bytes % BLOCK && !stream->padded && !stream->in_headers) {
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
		return fail_reading(stream->raw, N_("it cannot be unpacked"), err);
	fail_reading(stream->tar, "", &below);
	fail_id(err, ERR_ARCHIVE_INVALID, 0, !stream->begun ? "not a tar" :
		     strstr(below.why, "runcated") ? "unexpected end of the tar" : "not a valid tar");
	return fail_why(err, "%s", below.why);
}

/* A name that is not UTF-8 is kept byte for byte: no damage, and the only thing that libarchive may
 * warn of. */
static bool is_passed(struct archive *tar)
{
	const char *said = archive_error_string(tar);

	return said && strstr(said, "can't be converted from");
}

/* The headers of the entry that has just been read are in the block at hand, or reach into it. */
static int check_headers(struct stream *stream, struct error *err)
{
	size_t size;
	const char *at = headers_at_hand(stream, &size);

	if (!stream->headers.len)
		return headers_check(at, size, &stream->said, err);
	keep_headers(stream);
	return headers_check(stream->headers.s, stream->headers.len, &stream->said, err);
}

int stream_next(struct stream *stream, struct archive_entry **entry, struct error *err)
{
	if (stream->begun && archive_read_data_skip(stream->tar) < ARCHIVE_OK)
		return stream_fail(stream, err);
	text_clear(&stream->headers);
	stream->headers_at = (uint64_t)archive_filter_bytes(stream->tar, 0);
	stream->in_headers = true;
	int got = archive_read_next_header(stream->tar, entry);
	if (got == ARCHIVE_EOF)
		return 0;
	if (got != ARCHIVE_OK && !(got == ARCHIVE_WARN && is_passed(stream->tar)))
		return stream_fail(stream, err);
	int failed = check_headers(stream, err);
	stream->in_headers = false;
	stream->begun = true;
	return failed ? -1 : 1;
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
	if (stream->gunzip)
		return gunzip_packed(stream->gunzip);
	la_int64_t bytes = archive_filter_bytes(stream->raw, -1);

	return bytes > 0 ? (uint64_t)bytes : 0;
}

bool stream_closed(const struct stream *stream)
{
	return stream->bytes >= sizeof(stream->tail) && stream->bytes % BLOCK == 0 &&
	       memcmp(stream->tail, zeros, sizeof(stream->tail)) == 0;
}
