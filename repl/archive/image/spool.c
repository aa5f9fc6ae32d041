#include "archive/image/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive/report.h"
#include "base/error.h"
#include "base/fd.h"

static const char beside[] = "blobs/.new";

int spool_open(struct spool *spool, uint64_t limit, struct error *err)
{
	*spool = (struct spool){ .limit = limit };
	digest_init(&spool->digest);
	spool->fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	return spool->fd < 0 ? fail(err, errno, "open %s", beside) : 0;
}

int spool_add(struct spool *spool, const void *bytes, size_t length, struct error *err)
{
	if (length > spool->limit - spool->size) {
		fail_id(err, ERR_ARCHIVE_LIMIT, EFBIG, "larger than the limit of %llu MiB",
		     (unsigned long long)(spool->limit >> 20));
		return fail_fix(err, "image import --max-size SIZE, if you know it to be that large");
	}
	spool->size += length;
	digest_add(&spool->digest, bytes, length);
	if (write_fd(spool->fd, bytes, length) < 0)
		return fail(err, errno, "write");
	return 0;
}

int spool_close(struct spool *spool, char hex[HEX], struct error *err)
{
	char path[100];

	digest_hex(&spool->digest, hex);
	snprintf(path, sizeof(path), "blobs/%s", hex);
	if (rename(beside, path) < 0)
		return fail(err, errno, "rename %s", beside);
	return 0;
}

void spool_done(struct spool *spool)
{
	cleanup_fd_(&spool->fd);
}

int spool_bytes(const void *bytes, size_t length, char hex[HEX], struct error *err)
{
	cleanup_spool struct spool spool = { .fd = -1 };

	if (spool_open(&spool, length, err) < 0 || spool_add(&spool, bytes, length, err) < 0)
		return -1;
	return spool_close(&spool, hex, err);
}

int spool_file(int fd, const char *what, uint64_t total, uint64_t limit, char hex[HEX],
	       uint64_t *size, struct error *err)
{
	enum { CHUNK = 1024 * 1024, STEP = 8 * 1024 * 1024 };
	cleanup_spool struct spool spool = { .fd = -1 };
	cleanup_free char *bytes = malloc(CHUNK);
	uint64_t told = 0;
	ssize_t n;

	if (!bytes)
		out_of_memory();
	if (spool_open(&spool, limit, err) < 0)
		return -1;
	while ((n = read(fd, bytes, CHUNK)) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0 && spool_add(&spool, bytes, (size_t)n, err) < 0)
			return -1;
		if (spool.size >= told + STEP)
			report_progress(what, 0, 0, told = spool.size, total);
	}
	if (n < 0)
		return fail(err, errno, "read");
	*size = spool.size;
	return spool_close(&spool, hex, err);
}
