/* What an entry's name becomes, and how a tar ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include <archive_entry.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/digest.h"
#include "archive/layer/layer.h"
#include "archive/stream/stream.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"

static void test_names(void **state)
{
	static const struct { const char *name, *path; } cases[] = {
		{ "a", "a" }, { "/a/b", "a/b" }, { "./a/./b/", "a/b" }, { "//a///b//", "a/b" },
		{ ".", "" }, { "/", "" }, { "", "" }, { "...", "..." }, { "a..b/..c/d..", "a..b/..c/d.." },
		{ "..", NULL }, { "a/..", NULL }, { "/../a", NULL }, { "a/../../b", NULL }, { "./..", NULL },
	};
	char path[PATH_MAX];
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int got = layer_path(cases[i].name, path, &err);
		assert_int_equal(got, cases[i].path ? 0 : -1);
		if (cases[i].path)
			assert_string_equal(path, cases[i].path);
	}
}

/* The longest and the deepest name, and one more of each. */
static void test_long_names(void **state)
{
	char *name = calloc(1, 10000), path[PATH_MAX];
	struct error err;

	(void)state;
	memset(name, 'x', 4095);
	assert_int_equal(layer_path(name, path, &err), 0);
	assert_int_equal(strlen(path), 4095);
	name[4095] = 'x';
	assert_int_equal(layer_path(name, path, &err), -1);
	memset(name, 0, 10000);
	for (int i = 0; i < 1000; i++)
		strcat(name, "d/");
	assert_int_equal(layer_path(name, path, &err), 0);
	strcat(name, "d");
	assert_int_equal(layer_path(name, path, &err), -1);
	free(name);
}

static int file_of(const void *bytes, size_t length)
{
	int fd = memfd_create("tar", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write_fd(fd, bytes, length), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void test_digest(void **state)
{
	struct digest digest;
	char hex[HEX];

	(void)state;
	digest_init(&digest);
	digest_add(&digest, "abc", 3);
	digest_hex(&digest, hex);
	/* FIPS 180-2, appendix B.1 */
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_ptr_equal(digest_of("sha256:x"), NULL);
	assert_ptr_equal(digest_of(hex), NULL);
	assert_ptr_equal(digest_of(NULL), NULL);
}

/* The digest is that of all bytes, those behind the tar's end too; and the limit holds. */
static void test_stream(void **state)
{
	static char bytes[4096];
	struct archive_entry *entry;
	struct stream stream;
	struct digest digest;
	struct error err;
	char expected[HEX], found[HEX];

	(void)state;
	strcpy(bytes + 3000, "behind the end");
	cleanup_fd int fd = file_of(bytes, sizeof(bytes));
	assert_int_equal(packing_of(fd), PACKING_NONE);
	assert_int_equal(stream_open(&stream, fd, sizeof(bytes), &err), 0);
	assert_int_equal(stream_tar(&stream, &err), 0);
	assert_int_equal(stream_next(&stream, &entry, &err), 0);
	assert_int_equal(stream_drain(&stream, &err), 0);
	assert_int_equal(stream.bytes, sizeof(bytes));
	assert_true(stream_closed(&stream));
	digest_hex(&stream.digest, found);
	stream_done(&stream);
	digest_init(&digest);
	digest_add(&digest, bytes, sizeof(bytes));
	digest_hex(&digest, expected);
	assert_string_equal(found, expected);

	lseek(fd, 0, SEEK_SET);
	assert_int_equal(stream_open(&stream, fd, sizeof(bytes) - 1, &err), 0);
	const void *block;
	ssize_t n;
	while ((n = stream_read(&stream, &block, &err)) > 0)
		;
	assert_int_equal(n, -1);
	assert_non_null(strstr(err.what, "larger than the limit"));
	stream_done(&stream);
}

static void test_packing(void **state)
{
	static const struct { const char *bytes; size_t length; enum packing packing; } cases[] = {
		{ "\x1f\x8b\x08", 3, PACKING_GZIP }, { "\x28\xb5\x2f\xfd", 4, PACKING_ZSTD },
		{ "\xfd" "7zXZ\0", 6, PACKING_XZ }, { "BZh9", 4, PACKING_BZIP2 }, { "", 0, PACKING_NONE },
		{ "\x1f", 1, PACKING_NONE }, { "etc/", 4, PACKING_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_fd int fd = file_of(cases[i].bytes, cases[i].length);
		assert_int_equal(packing_of(fd), cases[i].packing);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_packing),
	};

	return cmocka_run_group_tests_name("layer", tests, NULL, NULL);
}
