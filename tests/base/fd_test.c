/* Files that are read whole. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"

typedef int reader(int dirfd, const char *path, size_t limit, struct text *ret);

/* A file of that many bytes, no two of them in a row alike, by the path of its descriptor. */
static int make(size_t size, char path[32])
{
	char bytes[10000];
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0 && size <= sizeof(bytes));
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(1 + i % 251);
	assert_int_equal(write(fd, bytes, size), size);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static void is_read_whole(reader *read_it, size_t size)
{
	cleanup_text struct text text = { 0 };
	char path[32];
	cleanup_fd int fd = make(size, path);

	assert_true(fd >= 0);
	assert_int_equal(read_it(AT_FDCWD, path, size, &text), 0);
	assert_int_equal(text.len, size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal((unsigned char)text.s[i], 1 + i % 251);
}

static void is_too_long(reader *read_it, size_t size)
{
	cleanup_text struct text text = { 0 };
	char path[32];
	cleanup_fd int fd = make(size, path);

	assert_true(fd >= 0);
	errno = 0;
	assert_int_equal(read_it(AT_FDCWD, path, size - 1, &text), -1);
	assert_int_equal(errno, EFBIG);
}

static void test_a_file_of_any_length_is_read_to_its_end(void **state)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 8192, 10000 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		is_read_whole(read_file, sizes[i]);
		is_read_whole(read_single, sizes[i]);
	}
}

static void test_more_than_the_limit_is_not_read(void **state)
{
	(void)state;
	is_too_long(read_file, 10);
	is_too_long(read_single, 10);
	is_too_long(read_single, 8192);
}

/* Nothing is left of what the kernel makes as a whole. */
static void test_one_read_has_all_of_a_single_record(void **state)
{
	static const char *const files[] = { "/proc/self/cgroup", "/proc/sys/kernel/random/boot_id", "/proc/sys/kernel/ostype" };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		cleanup_text struct text single = { 0 }, whole = { 0 };
		if (access(files[i], R_OK) < 0)
			continue;
		assert_int_equal(read_single(AT_FDCWD, files[i], 1 << 20, &single), 0);
		assert_int_equal(read_file(AT_FDCWD, files[i], 1 << 20, &whole), 0);
		assert_string_equal(text_of(&single), text_of(&whole));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_of_any_length_is_read_to_its_end),
		cmocka_unit_test(test_more_than_the_limit_is_not_read),
		cmocka_unit_test(test_one_read_has_all_of_a_single_record),
	};

	return cmocka_run_group_tests_name("base: files", tests, NULL, NULL);
}
