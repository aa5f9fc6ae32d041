/* Numbers, widths, likeness, growing text, arenas, paths, small files, error names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/units.h"

/* What is left on the stack by others. */
static __attribute__((noinline)) void leave_bytes(void)
{
	char bytes[8192];

	memset(bytes, 0xcf, sizeof(bytes));
	__asm__ volatile("" : : "r"(bytes) : "memory");
}

static void test_nothing_is_visible_as_nothing(void **state)
{
	char to[24];

	(void)state;
	leave_bytes();
	assert_string_equal(vis(""), "");
	leave_bytes();
	assert_string_equal(visible(to, sizeof(to), ""), "");
}

static void test_numbers(void **state)
{
	static const char *const none[] = {
		"", " ", "-1", "+1", " 1", "1 ", "1x", "0x", "0xg", "08", "1e3", "1.0", "1\n",
		"18446744073709551616", "0x10000000000000000", "99999999999999999999999", "x1",
	};
	static const struct { const char *s; uint64_t n; } some[] = {
		{ "0", 0 }, { "1", 1 }, { "017", 15 }, { "0x1F", 31 }, { "0Xff", 255 },
		{ "18446744073709551615", UINT64_MAX }, { "0xffffffffffffffff", UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++) {
		uint64_t n = 99;
		assert_false(parse_number(none[i], &n));
		assert_int_equal(n, 99);
	}
	for (size_t i = 0; i < COUNT(some); i++) {
		uint64_t n = 99;
		assert_true(parse_number(some[i].s, &n));
		assert_int_equal(n, some[i].n);
	}
}

static void test_distance(void **state)
{
	(void)state;
	assert_int_equal(text_distance("unshare", "unshare", 3), 0);
	assert_int_equal(text_distance("unshre", "unshare", 3), 1);
	assert_int_equal(text_distance("unhsare", "unshare", 3), 1);
	assert_int_equal(text_distance("unsharee", "unshare", 3), 1);
	assert_int_equal(text_distance("umshade", "unshare", 3), 2);
	assert_int_equal(text_distance("", "abc", 3), 3);
	assert_int_equal(text_distance("abc", "xyz", 2), 3);
	assert_int_equal(text_distance("a", "abcdefgh", 2), 3);
	/* Words too long for the table are unlike anything. */
	char long_one[200];
	memset(long_one, 'a', sizeof(long_one) - 1);
	long_one[199] = '\0';
	assert_int_equal(text_distance(long_one, long_one, 4), 5);
	assert_int_equal(text_distance(long_one, "", 4), 5);
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(text_columns(""), 0);
	assert_int_equal(text_columns("abc"), 3);
	assert_int_equal(text_columns("äöü"), 3);
	assert_int_equal(text_columns("日本"), 4);
	assert_int_equal(text_columns("\xf0\x9f\x90\xb3"), 2);
	assert_int_equal(text_columns("\x1b[1;31mred\x1b[0m"), 3);
	assert_int_equal(text_columns("\x1b[1;31"), 0);
}

static void test_text_grows(void **state)
{
	cleanup_text struct text text = { 0 };

	(void)state;
	assert_string_equal(text_of(&text), "");
	for (int i = 0; i < 10000; i++)
		text_addf(&text, "%d,", i % 10);
	assert_int_equal(text.len, 20000);
	assert_int_equal(strlen(text.s), 20000);
	text_clear(&text);
	text_pad(&text, 3);
	text_add(&text, "x");
	assert_string_equal(text.s, "   x");
}

static void test_room_that_is_not_used(void **state)
{
	char *dirty = malloc(4097);

	(void)state;
	assert_non_null(dirty);
	memset(dirty, 'x', 4097);
	free(dirty);
	/* What the allocator hands out next is likely to be those bytes. */
	cleanup_text struct text text = { 0 };
	text_room(&text, 4000);
	assert_string_equal(text_of(&text), "");
	text_add(&text, "ab");
	text_room(&text, 9000);
	assert_string_equal(text_of(&text), "ab");
}

static void test_an_arena_keeps_everything_apart(void **state)
{
	struct arena arena = { 0 };
	char *strings[2000];

	(void)state;
	for (int i = 0; i < 2000; i++)
		strings[i] = arena_print(&arena, "string %d", i);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(atoi(strings[i] + 7), i);
	char *big = arena_new(&arena, 3 << 20);
	for (size_t i = 0; i < 3 << 20; i += 4096)
		assert_int_equal(big[i], 0);
	memset(big, 1, 3 << 20);
	void *aligned = (arena_copy(&arena, "x"), arena_new(&arena, 1));
	assert_int_equal((uintptr_t)aligned % _Alignof(max_align_t), 0);
	assert_string_equal(arena_copyn(&arena, "abcdef", 3), "abc");
	arena_done(&arena);
	assert_non_null(arena_new(&arena, 10)); /* and is ready again */
	arena_done(&arena);
}

static void test_paths(void **state)
{
	cleanup_arena struct arena arena = { 0 };

	(void)state;
	assert_string_equal(path_clean(&arena, "//a/./b//c/"), "/a/b/c");
	assert_string_equal(path_clean(&arena, "/"), "/");
	assert_string_equal(path_clean(&arena, "///"), "/");
	assert_string_equal(path_clean(&arena, "a/../b"), "a/../b");
	assert_string_equal(path_clean(&arena, "./"), ".");
	assert_string_equal(path_clean(&arena, "..."), "...");
	assert_string_equal(path_join(&arena, "/a", "b"), "/a/b");
	assert_string_equal(path_join(&arena, "/a", "/b"), "/b");
	assert_string_equal(path_under(&arena, "/a", "/b"), "/a/b");
	assert_string_equal(path_under(&arena, "/", "/b"), "/b");
	assert_string_equal(path_parent(&arena, "/x"), "/");
	assert_string_equal(path_parent(&arena, "/x/y/"), "/x");
	assert_string_equal(path_parent(&arena, "x"), ".");
	assert_string_equal(path_parent(&arena, "/"), "/");
	assert_string_equal(path_name("/x/y"), "y");
	assert_string_equal(path_name("y"), "y");
	assert_string_equal(path_inside("/a", "/a/b/c"), "b/c");
	assert_string_equal(path_inside("/a", "/a"), "");
	assert_string_equal(path_inside("/", "/a"), "a");
	assert_string_equal(path_inside("/", "/"), "");
	assert_null(path_inside("/a", "/ab"));
	assert_null(path_inside("/a/b", "/a"));
}

static void test_files_are_read_to_a_limit(void **state)
{
	char path[] = "/tmp/stave-test.XXXXXX";
	cleanup_fd int fd = mkstemp(path);
	cleanup_text struct text text = { 0 };

	(void)state;
	assert_true(fd >= 0);
	char block[5000];
	memset(block, 'y', sizeof(block));
	assert_int_equal(write_fd(fd, block, sizeof(block)), 0);
	assert_int_equal(read_file(AT_FDCWD, path, 5000, &text), 0);
	assert_int_equal(text.len, 5000);
	text_clear(&text);
	assert_int_equal(read_file(AT_FDCWD, path, 4999, &text), -1);
	assert_int_equal(errno, EFBIG);
	unlink(path);
	assert_int_equal(read_file(AT_FDCWD, path, 10, &text), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(write_control(AT_FDCWD, path, "x"), -1);
	assert_int_equal(access(path, F_OK), -1); /* a control file is never made */
}

static void test_close_from(void **state)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 200);

	(void)state;
	assert_true(fd >= 200);
	close_from(200);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_true(fcntl(0, F_GETFD) >= 0);
}

static void test_errors(void **state)
{
	struct error err;
	char long_one[2000];

	(void)state;
	assert_int_equal(fail(&err, EPERM, "mount %s", "/x"), -1);
	assert_int_equal(fail_why(&err, "because"), -1);
	assert_int_equal(fail_fix(&err, "do %d", 1), -1);
	fail_wrap(&err, "step %d", 3);
	assert_string_equal(err.what, "step 3: mount /x");
	assert_string_equal(err.why, "because");
	assert_string_equal(err.fix, "do 1");
	assert_int_equal(err.code, EPERM);
	assert_int_equal(err.column, 0);
	memset(long_one, 'z', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	fail(&err, 0, "%s", long_one);
	assert_int_equal(strlen(err.what), sizeof(err.what) - 1);
	assert_string_equal(err.why, "");
	fail_wrap(&err, "%s", long_one);
	assert_int_equal(strlen(err.what), sizeof(err.what) - 1);
}

static void assert_size(const char *s, uint64_t expected)
{
	uint64_t number = 0;

	assert_true(parse_size(s, &number));
	assert_int_equal(number, expected);
}

static void test_sizes_end_in_a_unit_or_none(void **state)
{
	static const char *const wrong[] = { "", "K", "1.5M", "-1", "64MB", "1 K", "8388608T", "64P",
					     "9223372036854775808" };
	uint64_t number = 7;
	char room[32];

	(void)state;
	assert_size("0", 0);
	assert_size("4096", 4096);
	assert_size("0x10", 16);
	assert_size("64M", UINT64_C(64) << 20);
	assert_size("3k", 3072);
	assert_size("8388607T", UINT64_C(8388607) << 40);
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(parse_size(wrong[i], &number));
	assert_int_equal(number, 7);
	assert_string_equal(bytes_text(1023, room, sizeof(room)), "1023 B");
	assert_string_equal(bytes_text(UINT64_C(64) << 20, room, sizeof(room)), "64.0 MiB");
	assert_string_equal(bytes_text(UINT64_MAX, room, sizeof(room)), "16.0 EiB");
	assert_string_equal(size_text(UINT64_C(512) << 20, room, sizeof(room)), "512M");
	assert_string_equal(size_text(UINT64_C(2) << 30, room, sizeof(room)), "2G");
	assert_string_equal(size_text(1000, room, sizeof(room)), "1000 B");
	assert_string_equal(size_text(0, room, sizeof(room)), "0 B");
}

static void test_errno_names_are_libcs(void **state)
{
	(void)state;
	for (int code = 1; code < 140; code++) {
		const char *libcs = strerrorname_np(code);
		assert_string_equal(errno_name(code), libcs ? libcs : "E?");
	}
	/* The texts, too, where they are not translated. */
	for (int code = 1; code < 140; code++) {
		char text[80]; /* of a number without a name both may be in strerror(3)'s one buffer */
		snprintf(text, sizeof(text), "%s", errno_text(code));
		assert_string_equal(text, strerror(code));
	}
	assert_string_equal(errno_name(0), "E?");
	assert_string_equal(errno_name(-1), "E?");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_visible_as_nothing),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_text_grows),
		cmocka_unit_test(test_room_that_is_not_used),
		cmocka_unit_test(test_an_arena_keeps_everything_apart),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_files_are_read_to_a_limit),
		cmocka_unit_test(test_close_from),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_sizes_end_in_a_unit_or_none),
		cmocka_unit_test(test_errno_names_are_libcs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
