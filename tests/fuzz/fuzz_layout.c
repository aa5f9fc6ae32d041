/* No image layout is read out of bounds, and what comes out of one has digests alone for names. The
 * input is documents, separated by NUL: index.json, then blobs. "@N" in one stands for the digest of
 * blob N and "#N" for its size, so that the digests are right. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/digest.h"
#include "archive/image/import.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "folder.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { BLOBS = 10 };

struct blob {
	char hex[HEX];
	size_t size;
};

/* The work folder of each process, in which the reader finds its source and puts its blobs. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)argc;
	(void)argv;
	demand(null >= 0 && dup2(null, STDOUT_FILENO) >= 0);
	folder_enter();
	close(null);
	return 0;
}

static void put(const char *path, const struct text *text)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write_fd(fd, text_of(text), text->len) < 0)
		abort();
}

static void expand(const uint8_t *bytes, size_t length, const struct blob *blobs, struct text *ret)
{
	for (size_t i = 0; i < length; i++) {
		bool named = i + 1 < length && bytes[i + 1] >= '1' && bytes[i + 1] <= '9';
		if (named && bytes[i] == '@')
			text_add(ret, blobs[bytes[++i] - '0'].hex);
		else if (named && bytes[i] == '#')
			text_addf(ret, "%zu", blobs[bytes[++i] - '0'].size);
		else
			text_addn(ret, (const char *)bytes + i, 1);
	}
}

static void put_blob(const struct text *text, struct blob *ret)
{
	struct digest digest;
	char path[200];

	digest_init(&digest);
	digest_add(&digest, text_of(text), text->len);
	digest_hex(&digest, ret->hex);
	ret->size = text->len;
	snprintf(path, sizeof(path), "source/blobs/sha256/%s", ret->hex);
	put(path, text);
}

/* The last document first: it refers to none. */
static void put_documents(const uint8_t *bytes, size_t length)
{
	const uint8_t *starts[BLOBS], *end = bytes + length;
	size_t sizes[BLOBS], count = 0;
	struct blob blobs[BLOBS] = { { { 0 }, 0 } };

	for (const uint8_t *p = bytes; count < BLOBS; count++) {
		const uint8_t *nul = memchr(p, '\0', (size_t)(end - p));
		starts[count] = p;
		sizes[count] = (size_t)((nul ? nul : end) - p);
		p = nul ? nul + 1 : end;
	}
	for (size_t i = count; i-- > 0;) {
		cleanup_text struct text text = { 0 };
		expand(starts[i], sizes[i], blobs, &text);
		if (i)
			put_blob(&text, &blobs[i]);
		else
			put("source/index.json", &text);
	}
}

static void check(const struct found *found)
{
	for (unsigned i = 0; i < found->count; i++)
		if (strlen(found->orders[i].blob) != HEX - 1 ||
		    strspn(found->orders[i].blob, "0123456789abcdef") != HEX - 1)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const struct import import = { .folder = true, .name = "fuzz", .limit = 1024 * 1024 };
	static struct found found;
	cleanup_text struct text layout = { 0 };
	struct error err;

	if (mkdir("blobs", 0700) < 0 || mkdir("source", 0700) < 0 || mkdir("source/blobs", 0700) < 0 ||
	    mkdir("source/blobs/sha256", 0700) < 0)
		abort();
	text_add(&layout, "{\"imageLayoutVersion\":\"1.0.0\"}");
	put("source/oci-layout", &layout);
	put_documents(bytes, length);
	int source = open("source", O_PATH | O_DIRECTORY | O_CLOEXEC);
	found = (struct found){ .count = 0 };
	if (layout_read(&import, source, NULL, &found, &err) == 0)
		check(&found);
	json_decref(found.base);
	json_decref(found.layers);
	close(source);
	if (remove_tree(AT_FDCWD, "source") < 0 || remove_tree(AT_FDCWD, "blobs") < 0)
		abort();
	return 0;
}
