/* What a journal says: of each number what was said last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "session/host/identity.h"
#include "session/host/records.h"

#define HEAD "stave-journal 1 boot 4711 1 2\n"

static bool read_of(const char *text, struct records *ret)
{
	cleanup_fd int fd = memfd_create("journal", MFD_CLOEXEC);
	struct identity of;

	assert_int_equal(write_fd(fd, text, strlen(text)), 0);
	return records_read(fd, ret, &of);
}

static void test_the_last_line_of_a_number_counts(void **state)
{
	struct records records;

	(void)state;
	assert_true(read_of(HEAD "make 1 folder 0 0 /b -\nmake 0 folder 0 0 /a\\x20a -\n"
			    "make 1 folder 8 9 /b -\ngone 0\nmake 2 folder 0 0 /c -\n", &records));
	assert_int_equal(records.count, 3);
	assert_int_equal(records.list[0].undo.kind, UNDO_NONE);
	assert_int_equal(records.list[1].number, 1);
	assert_int_equal(records.list[1].undo.inode, 9);
	assert_string_equal(records.list[2].undo.path, "/c");
	records_done(&records);
}

static void test_a_gap_of_numbers_takes_no_room(void **state)
{
	struct records records;

	(void)state;
	assert_true(read_of(HEAD "make 1000000 folder 0 0 /far -\nmake 1000001 folder 0 0 /beyond -\n", &records));
	assert_int_equal(records.count, 1);
	assert_true(records.room < 100);
	assert_string_equal(records.list[0].undo.path, "/far");
	records_done(&records);
}

static void test_what_has_no_head_is_no_journal(void **state)
{
	struct records records;

	(void)state;
	assert_false(read_of("make 1 folder 0 0 /b -\n", &records));
	records_done(&records);
	assert_false(read_of("", &records));
	records_done(&records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_line_of_a_number_counts),
		cmocka_unit_test(test_a_gap_of_numbers_takes_no_room),
		cmocka_unit_test(test_what_has_no_head_is_no_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
