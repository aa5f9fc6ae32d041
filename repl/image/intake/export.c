/* image export: to a file. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file/writer.h"
#include "image/digest.h"
#include "image/image.h"
#include "image/store.h"
#include "image/intake/import.h"
#include "image/intake/reader.h"

static int write_to(int fd, const struct image *image, const struct image_watch *watch,
		    uint64_t *bytes, struct error *err)
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
	if (!failed)
		*bytes = (uint64_t)json_integer_value(json_object_get(result, "bytes"));
	json_decref(result);
	return failed;
}

int image_export(const char *name, const char *path, const struct image_watch *watch,
		 uint64_t *bytes, struct error *err)
{
	cleanup_image struct image image = { 0 };
	struct writer writer;
	struct stat st;

	cleanup_fd int held = image_find_held(name, &image, err);
	if (held < 0)
		return -1;
	if (writer_open(AT_FDCWD, path, 0666, &writer, err) < 0)
		return fail_wrap(err, "image export");
	bool pipe = fstat(writer.fd, &st) < 0 || !S_ISREG(st.st_mode);
	int failed = write_to(writer.fd, &image, watch, bytes, err);
	if (!failed && !pipe && fstat(writer.fd, &st) == 0)
		*bytes = (uint64_t)st.st_size;
	if (!failed)
		return writer_keep(&writer, err);
	writer_drop(&writer);
	return failed;
}
