/* The kind: a number that another process has by now is looked at as if it were the child's. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/process/proc.h"
#include "snapshot/look.h"

static void test_a_recycled_number_is_not_the_child(void **state)
{
	char path[32];
	struct stat st;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		pause();
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d", child);
	int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder >= 0);
	/* This process plays the one that has the number later. */
	proc_know(getpid(), folder);
	close(folder);
	assert_int_equal(look_stat(getpid(), "/", 0, &st), 0);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(look_stat(getpid(), "/", 0, &st), -1);
	assert_int_equal(errno, ESRCH);
	proc_know(0, -1);
	assert_int_equal(look_stat(getpid(), "/", 0, &st), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_recycled_number_is_not_the_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
