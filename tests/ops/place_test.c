/* In which folder a name below a held root is made: the root itself for what lies in it, and never what is above. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ops/op.h"
#include "ops/place.h"

static char top[] = "/tmp/place.XXXXXX";

static void test_folder_of_a_name(void **state)
{
	static const struct { const char *path, *name; bool top; } cases[] = {
		{ "/given", "given", true },	  { "/..given", "..given", true },
		{ "/sub/given", "given", false }, { "/../given", "given", false },
		{ "/..", NULL, false },		  { "/.", NULL, false },
		{ "/", NULL, false },		  { "", NULL, false },
		{ "/sub/..", NULL, false },
	};
	struct held held = { .root = -1, .folder = -1 };
	const struct op_stage stage = { .place = &held };
	const char *name;

	(void)state;
	place_hold(&held, open(top, O_PATH | O_DIRECTORY | O_CLOEXEC));
	assert_true(held.root >= 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int folder = place_parent(&stage, true, cases[i].path, &name);
		assert_int_equal(folder >= 0, cases[i].name != NULL);
		assert_int_equal(folder == held.root, cases[i].top);
		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
	}
	place_hold(&held, -1);
	assert_int_equal(held.folder, -1);
}

static int set_up(void **state)
{
	(void)state;
	return !mkdtemp(top) || chdir(top) < 0 || mkdir("sub", 0755) < 0;
}

static int clean_up(void **state)
{
	(void)state;
	return rmdir("sub") < 0 || chdir("/") < 0 || rmdir(top) < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folder_of_a_name),
	};

	return cmocka_run_group_tests(tests, set_up, clean_up);
}
