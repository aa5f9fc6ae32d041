/* The runtime folder: who lets go of it takes away no other session's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "session/host/runtime.h"

static char place[] = "/tmp/stave-test.XXXXXX";

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(place));
	assert_int_equal(setenv("XDG_RUNTIME_DIR", place, 1), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(place);
}

static int take(char *path)
{
	struct error err = { 0 };
	int hold;

	assert_int_equal(runtime_folder(geteuid(), path, RUNTIME_BYTES, &hold, &err), 1);
	return hold;
}

static void the_last_one_takes_it_away(void **state)
{
	char path[RUNTIME_BYTES];

	(void)state;
	int hold = take(path);
	int other = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(other >= 0);
	runtime_leave(path, hold, 0);
	assert_int_equal(access(path, F_OK), -1);
	close(other);
}

/* Two processes let go of one killed session's folder; between them another session makes its own. */
static void one_that_is_made_then_stays(void **state)
{
	char path[RUNTIME_BYTES];

	(void)state;
	int first = take(path), second = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(second >= 0);
	runtime_leave(path, first, 0);
	int then = take(path);
	runtime_leave(path, second, 0);
	assert_int_equal(access(path, F_OK), 0);
	runtime_leave(path, then, 0);
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_one_takes_it_away),
		cmocka_unit_test(one_that_is_made_then_stays),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
