/* Memory that arenas share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"

static void test_what_is_shared_lives_as_long_as_either(void **state)
{
	struct arena first = { 0 }, second;

	(void)state;
	char *one = arena_copy(&first, "one");
	arena_share(&first, &second);
	char *two = arena_copy(&first, "two"), *three = arena_copy(&second, "three");
	char *large = arena_new(&first, 10000);
	memset(large, 'x', 10000);
	assert_string_equal(two, "two");
	arena_done(&first);
	assert_string_equal(one, "one");
	assert_string_equal(three, "three");
	arena_done(&second);
	arena_done(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_shared_lives_as_long_as_either),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
