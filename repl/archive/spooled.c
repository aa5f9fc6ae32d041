/* The tar around an image: docker save writes one, skopeo and others pack an OCI layout into one. */
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/import.h"
#include "archive/layer.h"
#include "archive/report.h"
#include "archive/spool.h"
#include "archive/stream.h"
#include "base/error.h"
#include "base/list.h"
#include "base/remove.h"
#include "base/text.h"

#define BLOBS "blobs/sha256/"

enum { MOST_FILES = 10000, MOST_LINKS = 8 };

static bool ends(const char *s, const char *with)
{
	size_t length = strlen(s), end = strlen(with);

	return length >= end && strcmp(s + length - end, with) == 0;
}

/* Names that are in the archives of docker, podman, skopeo, buildkit, kaniko, bazel and nix, and
 * not at the top of a root file system. */
static bool may_be_image(const char *name)
{
	size_t top = strcspn(name, "/");
	const char *digits = strncmp(name, SHA256, strlen(SHA256)) == 0 ? name + strlen(SHA256) : name;

	if (!*name || strcmp(name, "oci-layout") == 0 || strcmp(name, "repositories") == 0)
		return true;
	if (top == strlen("blobs") && strncmp(name, "blobs", top) == 0)
		return true;
	if (strspn(digits, "0123456789abcdef") >= 32)
		return true;
	return !name[top] && (ends(name, ".json") || ends(name, ".tar") || ends(name, ".tar.gz"));
}

static struct spooled_file *add(struct spooled *spooled, const char *name, const char *link)
{
	LIST_ROOM(spooled->files, spooled->count, spooled->room);
	struct spooled_file *file = &spooled->files[spooled->count++];
	*file = (struct spooled_file){ .name = strdup(name), .link = link ? strdup(link) : NULL };
	if (!file->name || (link && !file->link))
		out_of_memory();
	return file;
}

void spooled_done(struct spooled *spooled)
{
	for (size_t i = 0; i < spooled->count; i++) {
		free(spooled->files[i].name);
		free(spooled->files[i].link);
	}
	free(spooled->files);
}

/* The last of several of one name, as tar(1) has it. */
static const struct spooled_file *called(const struct spooled *spooled, const char *name)
{
	for (size_t i = spooled->count; i-- > 0;)
		if (strcmp(spooled->files[i].name, name) == 0)
			return &spooled->files[i];
	return NULL;
}

const struct spooled_file *spooled_find(const struct spooled *spooled, const char *name)
{
	const struct spooled_file *file = called(spooled, name);

	for (int i = 0; file && file->link && i < MOST_LINKS; i++)
		file = called(spooled, file->link);
	return file && !file->link ? file : NULL;
}

/* Where a symbolic link leads, as text: docker writes ../ID/layer.tar. What another target names no
 * file of the archive, and is found missing when it is asked for. */
static void resolve(const char *name, const char *target, char *ret)
{
	const char *slash = strrchr(name, '/');
	size_t length = slash ? (size_t)(slash - name) : 0;
	struct error ignored;

	while (strncmp(target, "../", 3) == 0 && length) {
		target += 3;
		while (length && name[length - 1] != '/')
			length--;
		length -= length > 0;
	}
	char joined[PATH_MAX];
	snprintf(joined, sizeof(joined), "%.*s/%s", (int)length, name, target);
	if (layer_path(joined, ret, &ignored) < 0)
		ret[0] = '\0';
}

static int spool_content(struct stream *stream, const struct import *import, uint64_t before,
			 struct spooled_file *file, struct error *err)
{
	cleanup_spool struct spool spool = { .fd = -1 };
	uint64_t told = 0;
	const void *bytes;
	size_t length;
	la_int64_t at;
	int got;

	if (spool_open(&spool, import->limit - before, err) < 0)
		return -1;
	while ((got = archive_read_data_block(stream->tar, &bytes, &length, &at)) == ARCHIVE_OK) {
		if (at != (la_int64_t)spool.size)
			return fail(err, 0, "a file with holes");
		if (spool_add(&spool, bytes, length, err) < 0)
			return -1;
		if (spool.size > told + 8 * 1024 * 1024)
			report_progress("reading", 0, 0, told = spool.size, 0);
	}
	if (got != ARCHIVE_EOF)
		return stream_fail(stream, err);
	file->size = spool.size;
	if (spool_close(&spool, file->hex, err) < 0)
		return -1;
	const char *said = strncmp(file->name, BLOBS, strlen(BLOBS)) == 0 ?
				   file->name + strlen(BLOBS) : NULL;
	if (said && hex_valid(said) && strcmp(said, file->hex) != 0) {
		fail(err, 0, "the blob is not what its name says");
		return fail_why(err, "expected the digest " SHA256 "%s, found " SHA256 "%s", said,
				file->hex);
	}
	return 0;
}

/* One entry: 0, or 1 when no image can have it. */
static int spool_entry(struct stream *stream, const struct import *import,
		       struct archive_entry *entry, struct spooled *ret, uint64_t *total,
		       struct error *err)
{
	const char *name = archive_entry_pathname(entry), *hard = archive_entry_hardlink(entry);
	char path[PATH_MAX], target[PATH_MAX];

	if (!name || layer_path(name, path, err) < 0)
		return 1;
	if (!may_be_image(path))
		return 1;
	if (ret->count == MOST_FILES)
		return fail(err, 0, "too many entries: more than %d around layers", MOST_FILES);
	if (hard && layer_path(hard, target, err) < 0)
		return -1;
	if (hard) {
		add(ret, path, target);
		return 0;
	}
	switch (archive_entry_filetype(entry)) {
	case AE_IFLNK:
		resolve(path, archive_entry_symlink(entry), target);
		add(ret, path, target);
		return 0;
	case AE_IFREG:
		break;
	default:
		return 0;
	}
	struct spooled_file *file = add(ret, path, NULL);
	if (spool_content(stream, import, *total, file, err) < 0)
		return fail_wrap(err, "%s", vis(path));
	*total += file->size;
	return 0;
}

int spooled_read(const struct import *import, struct spooled *ret, struct error *err)
{
	cleanup_stream struct stream stream = { 0 };
	struct archive_entry *entry;
	uint64_t total = 0;
	int got, other = 0;

	*ret = (struct spooled){ 0 };
	if (stream_open(&stream, STDIN_FILENO, import->limit, err) < 0 ||
	    stream_tar(&stream, err) < 0)
		return -1;
	while ((got = stream_next(&stream, &entry, err)) > 0 && !other) {
		other = spool_entry(&stream, import, entry, ret, &total, err);
		if (other < 0)
			return -1;
	}
	ret->image = !other && got == 0 &&
		     (spooled_find(ret, "index.json") || spooled_find(ret, "manifest.json"));
	/* A tar that is broken further on says so when it is read as a layer. */
	if (got < 0 && (spooled_find(ret, "index.json") || spooled_find(ret, "manifest.json") ||
			spooled_find(ret, "oci-layout")))
		return -1;
	return 0;
}
