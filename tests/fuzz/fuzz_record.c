/* No record of an image, with whatever manifest and config, is read out of bounds, and its layers lie in the store. The
 * input is documents, separated by NUL: a record, then blobs. "@N" in one stands for the digest of blob N. */
#include <fcntl.h>
#include <stdint.h>
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
#include "image/record.h"
#include "folder.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { BLOBS = 4 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	folder_enter();
	demand(mkdir("images", 0700) == 0 && mkdir("blobs", 0700) == 0 && mkdir("blobs/sha256", 0700) == 0);
	return 0;
}

static void put(const char *path, const struct text *text)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	demand(fd >= 0 && write_fd(fd, text_of(text), text->len) == 0);
}

/* The last document first: it refers to none. */
static void put_documents(const uint8_t *bytes, size_t length, char digests[BLOBS][DIGEST_TEXT])
{
	const uint8_t *starts[BLOBS], *end = bytes + length;
	char path[200];

	for (size_t i = 0; i < BLOBS; i++) {
		const uint8_t *nul = memchr(bytes, '\0', (size_t)(end - bytes));
		starts[i] = bytes;
		bytes = nul ? nul + 1 : end;
	}
	for (size_t i = BLOBS; i-- > 0;) {
		cleanup_text struct text text = { 0 };
		for (const uint8_t *p = starts[i]; p < end && *p; p++) {
			bool named = *p == '@' && p + 1 < end && p[1] > '0' && p[1] < '0' + BLOBS;
			if (named)
				text_add(&text, digests[*++p - '0']);
			else
				text_addn(&text, (const char *)p, 1);
		}
		digest_of(text_of(&text), text.len, digests[i]);
		snprintf(path, sizeof(path), "blobs/sha256/%s", digests[i] + strlen(DIGEST_PREFIX));
		put(i ? path : "images/.kept", &text);
	}
}

static void check(const struct image *image)
{
	cleanup_text struct text told = { 0 };

	for (size_t i = 0; i < image->layer_count; i++) {
		const struct image_layer *layer = &image->layers[i];
		demand(strncmp(layer->folder, "/store/layers/sha256/", 21) == 0 && !strchr(layer->folder + 21, '/'));
		demand(digest_valid(layer->diff_id) && digest_valid(layer->digest));
	}
	for (const char *const *p = image->env; *p; p++)
		demand(strlen(*p) < RECORD_LIMIT);
	image_inspect(image, "", &told);
	for (size_t i = 0; i < told.len; i++)
		demand((unsigned char)told.s[i] < 127);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char digests[BLOBS][DIGEST_TEXT] = { "" }, path[200];
	struct image image = { 0 };
	struct error err = { 0 };

	put_documents(bytes, length, digests);
	if (record_read("/store", AT_FDCWD, ".kept", &image, &err) == 0) {
		check(&image);
		image_done(&image);
	} else {
		demand(err.what[0] && err.id[0]);
	}
	for (size_t i = 1; i < BLOBS; i++) {
		snprintf(path, sizeof(path), "blobs/sha256/%s", digests[i] + strlen(DIGEST_PREFIX));
		unlink(path);
	}
	return 0;
}
