#include "archive/image/blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/image/spool.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file/inroot.h"

static int fail_digest(const char *what, const char *expected, const char *actual,
		       struct error *err)
{
	fail_id(err, ERR_ARCHIVE_DIGEST, 0, "%s differs from its digest", what);
	return fail_why(err, "expected " SHA256 "%s, found " SHA256 "%s", expected, actual);
}

static int fail_size(const char *what, uint64_t expected, uint64_t actual, struct error *err)
{
	fail_id(err, ERR_ARCHIVE_DIGEST, 0, "%s does not have the stated size", what);
	return fail_why(err, "expected %llu bytes, found %llu", (unsigned long long)expected,
			(unsigned long long)actual);
}

int layout_open(int folder, const char *path)
{
	return inroot_open(folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
}

int layout_fail_open(int folder, const char *what, const char *path, struct error *err)
{
	fail(err, errno, "open %s, %s", what, path);
	if (faccessat(folder, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	fail_why(err, "it is a link to something that is not in the folder: nothing else can be seen");
	return fail_fix(err, "cp -rL makes a copy of the folder with files in place of links");
}

static int fetch_from_folder(struct layout *layout, const struct descriptor *blob,
			     const char *what, struct error *err)
{
	char path[100], hex[HEX];
	struct stat st;
	uint64_t size;

	snprintf(path, sizeof(path), "blobs/sha256/%s", blob->hex);
	cleanup_fd int fd = layout_open(layout->folder, path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return layout_fail_open(layout->folder, what, path, err);
	if (!S_ISREG(st.st_mode))
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "%s, %s, is not a file", what, path);
	if ((uint64_t)st.st_size != blob->size)
		return fail_size(what, blob->size, (uint64_t)st.st_size, err);
	/* It may grow while it is read. */
	if (spool_file(fd, "reading", blob->size, blob->size, hex, &size, err) < 0)
		return fail_wrap(err, "%s", path);
	return strcmp(hex, blob->hex) == 0 ? 0 : fail_digest(what, blob->hex, hex, err);
}

int blob_fetch(struct layout *layout, const struct descriptor *blob, const char *what,
	       struct error *err)
{
	char path[100];
	struct stat st;

	snprintf(path, sizeof(path), "blobs/%s", blob->hex);
	if (stat(path, &st) == 0)
		return (uint64_t)st.st_size == blob->size ? 0 :
		       fail_size(what, blob->size, (uint64_t)st.st_size, err);
	if (layout->folder < 0) {
		fail_id(err, ERR_ARCHIVE_INVALID, ENOENT, "%s, blobs/sha256/%s", what, blob->hex);
		return fail_why(err, "the archive does not contain it");
	}
	if (blob->size > layout->import->limit - layout->total) {
		fail_id(err, ERR_ARCHIVE_LIMIT, EFBIG, "%s has %llu bytes, and the limit of all is %llu MiB", what,
		     (unsigned long long)blob->size,
		     (unsigned long long)(layout->import->limit >> 20));
		return fail_fix(err, "image import --max-size SIZE, if you know it to be that large");
	}
	layout->total += blob->size;
	return fetch_from_folder(layout, blob, what, err);
}

json_t *blob_document(struct layout *layout, const struct descriptor *blob,
			     const char *what, struct error *err)
{
	if (blob->size > LIMIT_DOCUMENT) {
		fail_id(err, ERR_ARCHIVE_INVALID, EFBIG, "%s, " SHA256 "%s", what, blob->hex);
		fail_why(err, "its stated size is %llu bytes; Stave reads at most %d MiB",
			 (unsigned long long)blob->size, LIMIT_DOCUMENT >> 20);
		return NULL;
	}
	if (blob_fetch(layout, blob, what, err) < 0)
		return NULL;
	return document_blob(blob->hex, what, err);
}
