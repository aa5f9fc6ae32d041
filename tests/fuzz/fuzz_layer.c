/* No tar, compressed or not, is read out of bounds or beyond its limit, and the names in it stay
 * within the layer. Nothing is unpacked. */
#include <archive_entry.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/image/recognise.h"
#include "archive/layer/layer.h"
#include "archive/stream/stream.h"
#include "base/error.h"
#include "base/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { LIMIT = 1024 * 1024, ENTRIES = 1000 };

static void check_name(const char *name)
{
	char path[PATH_MAX];
	struct error err;

	if (!name || layer_path(name, path, &err) < 0)
		return;
	if (*path == '/' || strncmp(path, "../", 3) == 0 || strstr(path, "/../") ||
	    strcmp(path, "..") == 0)
		abort();
}

static void read_entries(struct stream *stream)
{
	struct archive_entry *entry;
	struct error err;
	int got = 1;

	for (int i = 0; i < ENTRIES && (got = stream_next(stream, &entry, &err)) > 0; i++) {
		check_name(archive_entry_pathname(entry));
		check_name(archive_entry_hardlink(entry));
	}
	if (got == 0)
		stream_drain(stream, &err);
	if (stream->bytes > LIMIT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	int fd = memfd_create("tar", MFD_CLOEXEC);
	struct recognised recognised;
	struct stream stream = { 0 };
	struct error err;

	if (fd < 0 || write_fd(fd, (const char *)bytes, length) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	if (stream_open(&stream, fd, LIMIT, &err) == 0 && stream_tar(&stream, &err) == 0)
		read_entries(&stream);
	stream_done(&stream);
	if (lseek(fd, 0, SEEK_SET) < 0 || dup2(fd, STDIN_FILENO) < 0)
		abort();
	recognise_tar(&recognised, &err);
	close(fd);
	return 0;
}
