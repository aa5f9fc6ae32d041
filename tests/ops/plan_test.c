/* Plans: which outcomes one goes on after. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"
#include "ops/plan.h"

static bool passes(unsigned flags, int code)
{
	const struct planned planned = { .flags = flags };
	const struct op_outcome outcome = { .code = code };

	return plan_passes(&planned, &outcome);
}

static void test_a_plan_passes_what_its_flags_say(void **state)
{
	static const unsigned all[] = { 0, PLAN_MAY_EXIST, PLAN_MAY_FAIL, PLAN_TAKE_BACK };

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++)
		assert_true(passes(all[i], 0));
	assert_false(passes(0, EEXIST));
	assert_false(passes(PLAN_TAKE_BACK, EEXIST));
	assert_true(passes(PLAN_MAY_EXIST, EEXIST));
	assert_false(passes(PLAN_MAY_EXIST, ENOENT));
	assert_true(passes(PLAN_MAY_FAIL, ENOENT));
	assert_true(passes(PLAN_MAY_FAIL | PLAN_MAY_EXIST, ENOENT));
}

static void test_want_of_memory_room_or_descriptors_is_never_passed_over(void **state)
{
	static const int wants[] = { ENOMEM, ENOSPC, EMFILE, ENFILE };

	(void)state;
	for (size_t i = 0; i < COUNT(wants); i++)
		assert_false(passes(PLAN_MAY_FAIL | PLAN_MAY_EXIST, wants[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_plan_passes_what_its_flags_say),
		cmocka_unit_test(test_want_of_memory_room_or_descriptors_is_never_passed_over),
	};

	return cmocka_run_group_tests_name("ops: plans", tests, NULL, NULL);
}
