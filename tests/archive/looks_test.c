/* How a tree looks: what the digest depends on, and when a change that is still to come would show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include <string.h>

#include "archive/layer/looks.h"
#include "base/list.h"

static struct stat some_file(void)
{
	return (struct stat){
		.st_mode = S_IFREG | 0644, .st_uid = 1, .st_gid = 2, .st_size = 3, .st_ino = 4, .st_nlink = 1, .st_dev = 5,
		.st_mtim = { 1000, 1 }, .st_ctim = { 2000, 1 },
	};
}

static bool look(const char *way, const char *path, const struct stat *st, char hex[HEX])
{
	struct looks looks;

	looks_begin(&looks, way);
	looks_add(&looks, path, st);
	digest_hex(&looks.digest, hex);
	return looks.settled;
}

static void test_digest(void **state)
{
	struct stat list[12];
	char was[HEX], now[HEX];

	(void)state;
	for (size_t i = 0; i < COUNT(list); i++)
		list[i] = some_file();
	list[1].st_mode ^= 1;
	list[2].st_uid++;
	list[3].st_gid++;
	list[4].st_size++;
	list[5].st_ino++;
	list[6].st_nlink++;
	list[7].st_rdev++;
	list[8].st_mtim.tv_sec++;
	list[9].st_mtim.tv_nsec++;
	list[10].st_ctim.tv_sec++;
	list[11].st_ctim.tv_nsec++;
	assert_true(look("a", "x", &list[0], was));
	assert_true(look("a", "x", &list[0], now));
	assert_string_equal(was, now);
	for (size_t i = 1; i < COUNT(list); i++) {
		assert_true(look("a", "x", &list[i], now));
		assert_string_not_equal(was, now);
	}
	look("b", "x", &list[0], now);
	assert_string_not_equal(was, now);
	look("a", "y", &list[0], now);
	assert_string_not_equal(was, now);
}

/* A ctime that is so many ns before or after now; whole: without its ns. */
static bool is_settled(int64_t age, bool whole)
{
	struct stat st = some_file();
	struct timespec now;
	char hex[HEX];

	clock_gettime(CLOCK_REALTIME, &now);
	int64_t at = now.tv_sec * INT64_C(1000000000) + now.tv_nsec - age;
	st.st_ctim = (struct timespec){ at / 1000000000, whole ? 0 : at % 1000000000 | 1 };
	return look("a", "x", &st, hex);
}

static void test_settled(void **state)
{
	const int64_t second = 1000000000;

	(void)state;
	assert_true(is_settled(60 * second, false));
	assert_true(is_settled(60 * second, true));
	assert_true(is_settled(second, false));
	assert_false(is_settled(second, true));
	assert_false(is_settled(0, false));
	assert_false(is_settled(-60 * second, false));
	assert_false(is_settled(-60 * second, true));
}

/* One file that is not makes that of the whole. */
static void test_one_of_many(void **state)
{
	struct stat root = some_file(), other = some_file();
	struct looks looks;

	(void)state;
	looks_begin(&looks, "a");
	looks_add(&looks, ".", &root);
	looks_add(&looks, "x", &other);
	assert_true(looks.settled);
	other.st_dev++;
	looks_add(&looks, "mounted", &other);
	assert_false(looks.settled);
	looks_add(&looks, "y", &root);
	assert_false(looks.settled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_one_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
