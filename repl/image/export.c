/* image export: to a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "image/digest.h"
#include "image/image.h"
#include "image/import.h"
#include "image/reader.h"
#include "image/store.h"

/* A file of its own beside the one that it is to replace, as an editor would make it. */
static int open_beside(const char *path, char *ret, size_t size, struct error *err)
{
	struct stat st;
	mode_t mask = umask(0);

	umask(mask);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		fail(err, S_ISDIR(st.st_mode) ? EISDIR : 0, "%s", vis(path));
		return fail_why(err, "what is there is no file that could be replaced");
	}
	int length = snprintf(ret, size, "%s.XXXXXX", path);
	if (length < 0 || (size_t)length >= size)
		return fail(err, ENAMETOOLONG, "%s", vis(path));
	int fd = mkostemp(ret, O_CLOEXEC);
	if (fd < 0)
		return fail(err, errno, "open %s", vis(ret));
	if (fchmod(fd, 0666 & ~mask) < 0) {
		int code = errno;
		unlink(ret);
		close(fd);
		return fail(err, code, "chmod %s", vis(ret));
	}
	return fd;
}

static int write_to(int fd, const struct image *image, const struct image_watch *watch,
		    struct error *err)
{
	char store[4000], blobs[4100];
	struct image_notes notes = { 0 };
	json_t *result;

	if (store_path(store, sizeof(store), err) < 0)
		return -1;
	snprintf(blobs, sizeof(blobs), "%s/blobs/sha256", store);
	char *const args[] = {
		(char *)"export", (char *)"--target", blobs, (char *)"--limit",
		(char *)"1152921504606846976", /* 1 EiB: what is in the store has been let in */
		(char *)"--manifest", (char *)(uintptr_t)(image->digest + strlen(DIGEST_PREFIX)),
		(char *)"--name", (char *)(uintptr_t)image->name, NULL
	};
	const struct reader_run run = { .args = args, .input = fd, .userns = -1, .output = -1 };
	int failed = reader_run(&run, watch, &notes, &result, err);
	json_decref(result);
	return failed;
}

int image_export(const char *name, const char *path, const struct image_watch *watch,
		 uint64_t *bytes, struct error *err)
{
	cleanup_image struct image image = { 0 };
	char beside[4200];
	struct stat st;

	if (image_find(name, &image, err) < 0)
		return -1;
	cleanup_fd int held = image_hold(&image, err);
	if (held < 0)
		return -1;
	cleanup_fd int fd = open_beside(path, beside, sizeof(beside), err);
	if (fd < 0)
		return -1;
	int failed = write_to(fd, &image, watch, err);
	if (!failed && (fsync(fd) < 0 || fstat(fd, &st) < 0 || rename(beside, path) < 0))
		failed = fail(err, errno, "rename %s", vis(beside));
	if (failed)
		unlink(beside);
	else
		*bytes = (uint64_t)st.st_size;
	return failed;
}
