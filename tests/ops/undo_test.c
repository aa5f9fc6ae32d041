/* The table of undo kinds: each has all that its walkers ask of a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "ops/undo/undo.h"

static void test_rows_are_whole(void **state)
{
	(void)state;
	for (enum undo_kind kind = UNDO_NONE + 1; kind < UNDO_COUNT; kind++) {
		const struct undo_info *info = undo_info(kind);
		assert_non_null(info->take);
		/* What goes by its inode lies somewhere, and a value is no empty folder. */
		if (info->place == PLACE_NONE)
			assert_false(info->empties || info->seen || info->has_processes);
		/* Only what is in a file system that lasts may outlive the machine's start. */
		if (info->outlives_boot)
			assert_true(info->place == PLACE_NAME || info->place == PLACE_FREE);
	}
}

static void test_names_are_one_each(void **state)
{
	(void)state;
	for (enum undo_kind a = UNDO_NONE; a < UNDO_COUNT; a++)
		for (enum undo_kind b = a + 1; b < UNDO_COUNT; b++)
			assert_string_not_equal(undo_name(a), undo_name(b));
}

/* An op names a kind, the path that it goes by, and for a value that it restores where that is. */
static void test_ops_say_what_their_kind_needs(void **state)
{
	(void)state;
	for (enum op_kind kind = 0; kind < OP_COUNT; kind++) {
		const struct op_info *op = op_info(kind);
		if (op->undo == UNDO_NONE) {
			assert_int_equal(op->undo_value, 0);
			continue;
		}
		assert_true(op->undo_path != 0);
		if (undo_info(op->undo)->place == PLACE_NONE)
			assert_true(op->undo_value != 0);
	}
}

static void test_none_is_no_error(void **state)
{
	struct undo undo = { .kind = UNDO_NONE, .parent = -1 };
	struct error err;

	(void)state;
	assert_int_equal(undo_perform(&undo, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_whole),
		cmocka_unit_test(test_names_are_one_each),
		cmocka_unit_test(test_ops_say_what_their_kind_needs),
		cmocka_unit_test(test_none_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
