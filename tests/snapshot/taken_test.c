/* Which ids somebody has, by files as they should be and as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/text.h"
#include "base/process/subids.h"
#include "snapshot/taken.h"

enum { RANGE = 65536 };

static struct text text_from(const char *s, size_t length)
{
	struct text ret = { 0 };

	text_addn(&ret, s, length);
	return ret;
}

static bool free_of(void (*add)(struct taken *, const struct text *), const char *s, unsigned long first)
{
	cleanup_taken struct taken taken = { 0 };
	cleanup_text struct text text = text_from(s, strlen(s));

	add(&taken, &text);
	return taken_none(&taken, first, RANGE);
}

static bool subids_free(const char *s, size_t length, unsigned long first)
{
	cleanup_taken struct taken taken = { 0 };
	cleanup_text struct text text = text_from(s, length);

	taken_add_subids(&taken, &text, "root:x:0:0::/root:/bin/sh\n", 0);
	return taken_none(&taken, first, RANGE);
}
#define SUBIDS_FREE(s, first) subids_free((s), sizeof(s) - 1, (first))

static void test_subids(void **state)
{
	(void)state;
	assert_true(SUBIDS_FREE("", 100000));
	assert_false(SUBIDS_FREE("ann:100000:65536\n", 100000));
	assert_false(SUBIDS_FREE("ann:165535:1", 100000));
	assert_true(SUBIDS_FREE("ann:165536:1\n", 100000));
	assert_true(SUBIDS_FREE("ann:99999:1\n", 100000));
	/* root's own, by name and by number. */
	assert_true(SUBIDS_FREE("root:100000:65536\n0:100000:65536\n", 100000));
	assert_false(SUBIDS_FREE("root:100000:65536\nann:165000:1\n", 100000));
	/* All there are: somebody has these too. */
	assert_false(SUBIDS_FREE("ann:0:4294967295\n", 100000));
	assert_false(SUBIDS_FREE("ann:1:18446744073709551615\n", 100000));
}

static void test_malformed_subids(void **state)
{
	(void)state;
	assert_true(SUBIDS_FREE("ann\nann:\nann:100000\nann:100000:\n::\n:\n\nann:-5:65536\nann:1e5:9\n", 100000));
	assert_true(SUBIDS_FREE("ann:100000:0\nann:99999999999999999999:5\n", 100000));
	/* A line ends where it ends, and what comes after a NUL is there all the same. */
	assert_true(SUBIDS_FREE("ann:\n100000:65536:5\n", 100000));
	assert_false(SUBIDS_FREE("\0x\n\0\nann:100000:65536\n", 100000));
	assert_false(SUBIDS_FREE("ann: 100000 :65536\r\n", 100000));
	assert_false(SUBIDS_FREE("ann:0x186a0:65536\n", 100000));
	assert_false(SUBIDS_FREE(":100000:65536\n", 100000));
	assert_false(SUBIDS_FREE("ann:100000:65536:more:and:more\n", 100000));
}

static void test_names(void **state)
{
	(void)state;
	assert_false(free_of(taken_add_passwd, "ann:x:100005:1:::\n", 100000));
	assert_false(free_of(taken_add_passwd, "ann:x:1:100005:::\n", 100000));
	assert_false(free_of(taken_add_group, "users:x:100005:ann\n", 100000));
	/* No password is none. */
	assert_false(free_of(taken_add_passwd, "ann::100005:1:::\n", 100000));
	assert_false(free_of(taken_add_group, "users::100005:\n", 100000));
	assert_true(free_of(taken_add_passwd, "ann:x\n+::::::\n#100005:100005\n", 100000));
	assert_false(free_of(taken_add_map, "         0     100000      65536\n", 100000));
	assert_false(free_of(taken_add_map, "0 1000 1\n1 100000 65536\n", 100000));
	/* The host's own. */
	assert_true(free_of(taken_add_map, "0 0 4294967295\n", 100000));
}

static void test_many(void **state)
{
	cleanup_taken struct taken taken = { 0 };
	cleanup_text struct text text = { 0 };

	(void)state;
	for (unsigned i = 0; i < 200000; i++)
		text_addf(&text, "user%u:%u:1000\n", i, 200000 + i * 1000);
	taken_add_subids(&taken, &text, "", 0);
	assert_int_equal(taken.count, 200000);
	assert_true(taken_none(&taken, 100000, RANGE));
	assert_false(taken_none(&taken, 200000 + 150000UL * 1000 - RANGE + 1, RANGE));
}

static void test_a_range_is_in_one_line(void **state)
{
	char found[64];

	(void)state;
	subids_first("ann:\n5:100:7\nann:300:4\n", "ann:x:1000:1000:::\n", 1000, found, sizeof(found));
	assert_string_equal(found, "300 4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subids),
		cmocka_unit_test(test_malformed_subids),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_a_range_is_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
