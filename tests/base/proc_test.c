/* The kind: a number that another process has by now is taken for the one that was meant. */
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
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"

static pid_t start(void)
{
	pid_t child = fork();

	if (child == 0) {
		pause();
		_exit(0);
	}
	return child;
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Between two calls of one line the process ends, and its number may be another's: it stays gone. */
static void test_a_process_is_the_same_until_it_is_forgotten(void **state)
{
	cleanup_text struct text text = { 0 };
	pid_t child = start();

	(void)state;
	assert_int_equal(read_file(proc_of(child), "comm", 64, &text), 0);
	end(child);
	assert_true(proc_of(child) >= 0);
	assert_int_equal(read_file(proc_of(child), "comm", 64, &text), -1);
	assert_int_equal(errno, ESRCH);
	proc_forget();
	assert_int_equal(proc_of(child), -1);
	assert_int_equal(errno, ESRCH);
}

static void test_the_child_is_known_by_its_folder(void **state)
{
	pid_t child = start();
	int folder = fcntl(proc_of(child), F_DUPFD_CLOEXEC, 0);
	cleanup_text struct text text = { 0 };

	(void)state;
	/* This process plays the one that has the number later. */
	proc_know(getpid(), folder);
	close(folder);
	proc_forget();
	assert_int_equal(read_file(proc_of(getpid()), "comm", 64, &text), 0);
	end(child);
	assert_int_equal(read_file(proc_of(getpid()), "comm", 64, &text), -1);
	proc_know(0, -1);
	assert_int_equal(read_file(proc_of(getpid()), "comm", 64, &text), 0);
}

/* However many are looked at, few are held. */
static void test_few_are_held(void **state)
{
	pid_t children[32];
	int highest = 0;

	(void)state;
	for (int i = 0; i < 32; i++)
		children[i] = start();
	for (int i = 0; i < 32; i++)
		highest = proc_of(children[i]) > highest ? proc_of(children[i]) : highest;
	assert_true(highest < 24);
	for (int i = 0; i < 32; i++)
		end(children[i]);
	proc_forget();
	for (int i = -1; i <= 0; i++) {
		assert_int_equal(proc_of(i), -1);
		assert_int_equal(errno, ESRCH);
	}
}

/* A name may look like what follows it: proc_pid_stat(5). */
static void test_the_fields_of_stat(void **state)
{
	struct process_stat stat = { .pid = 1 };

	(void)state;
	assert_true(process_stat_parse("4711 (a) R 2 (b\n) S 3 4 5 6 -1 8 9 10 11 12 130 140 15 16 17 18 19 20 210 22 230 24 25\n", &stat));
	assert_int_equal(stat.pid, 4711);
	assert_string_equal(stat.comm, "a) R 2 (b\n");
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.parent, 3);
	assert_int_equal(stat.ticks, 270);
	assert_int_equal(stat.start, 210);
	assert_int_equal(stat.pages, 230);
	/* What is none leaves it as it was. */
	assert_false(process_stat_parse("", &stat));
	assert_false(process_stat_parse("4712 (a)", &stat));
	assert_false(process_stat_parse("4712 (a) ", &stat));
	assert_false(process_stat_parse("4712 )a( S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22", &stat));
	assert_false(process_stat_parse("(a) S 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24", &stat));
	assert_false(process_stat_parse("4712 (a) S 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22", &stat));
	assert_int_equal(stat.pid, 4711);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_fields_of_stat),
		cmocka_unit_test(test_a_process_is_the_same_until_it_is_forgotten),
		cmocka_unit_test(test_the_child_is_known_by_its_folder),
		cmocka_unit_test(test_few_are_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
