/* Whether a program stands still: one that is stopped, and one that waits for a child that is. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "base/process/halted.h"

static void stop_self(void)
{
	kill(getpid(), SIGSTOP);
	_exit(0);
}

static void stopped(void)
{
	stop_self();
}

static void waits_after_fork(void)
{
	if (fork() == 0)
		stop_self();
	wait(NULL);
}

static void waits_in_vfork(void)
{
	if (vfork() == 0)
		stop_self();
}

static void works(void)
{
	if (fork() == 0)
		stop_self();
	for (;;)
		pause();
}

static bool comes_to_stand(pid_t pid, const struct halts *traced)
{
	for (int i = 0; i < 500; i++) {
		if (process_halted(pid, traced))
			return true;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return false;
}

static pid_t begin(void (*program)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		program();
		_exit(0);
	}
	setpgid(pid, pid);
	return pid;
}

static void end(pid_t pid)
{
	kill(-pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_who_waits_for_a_stopped_child_stands_still(void **state)
{
	void (*const programs[])(void) = { stopped, waits_after_fork, waits_in_vfork };

	(void)state;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		pid_t pid = begin(programs[i]);
		bool stands = comes_to_stand(pid, NULL);
		pid_t which = process_stopped(pid);
		end(pid);
		assert_true(stands);
		assert_true(which > 0);
		assert_int_equal(which == pid, i == 0);
	}
}

/* What its tracer tells of the child, for the program's own state is another then. */
static void test_who_waits_for_a_traced_one_that_is_stopped(void **state)
{
	const struct halts none = { 0 }, others = { .others = true };
	void (*const programs[])(void) = { waits_after_fork, waits_in_vfork };

	(void)state;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		pid_t pid = begin(programs[i]);
		bool stands = comes_to_stand(pid, &others), alone = process_halted(pid, &none);
		end(pid);
		assert_true(stands);
		assert_false(alone);
	}
}

static void test_who_does_not_wait_goes_on(void **state)
{
	pid_t pid = begin(works);

	(void)state;
	for (int i = 0; i < 100 && !process_stopped(pid); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	bool stands = process_halted(pid, NULL);
	end(pid);
	assert_false(stands);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_waits_for_a_stopped_child_stands_still),
		cmocka_unit_test(test_who_waits_for_a_traced_one_that_is_stopped),
		cmocka_unit_test(test_who_does_not_wait_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
