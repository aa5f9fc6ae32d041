/* What a tracer costs and keeps: how often it stops the program before it runs, by the kernel's own count of how often that has
 * waited; how much of calls that nobody wants to see. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "trace/trace.h"

/* What a program does behind its gate. */
static pid_t wait_at(int gate)
{
	pid_t pid = fork();
	char nothing;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	while (read(gate, &nothing, 1) < 0)
		continue;
	_exit(0);
}

/* Fields of /proc/PID/status: its state, and how often it has waited. */
static long waits_of(pid_t pid, char *state)
{
	char path[48], line[256];
	long ret = -1;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "State: %c", state);
		sscanf(line, "voluntary_ctxt_switches: %ld", &ret);
	}
	fclose(file);
	return ret;
}

static long settled(pid_t pid)
{
	char state = 'R';
	long ret = waits_of(pid, &state);

	while (state != 'S') {
		usleep(1000);
		ret = waits_of(pid, &state);
	}
	return ret;
}

/* How often a tracer with this wish makes it wait while its gate is closed; -1: nobody may trace here. */
static long stops(bool chosen)
{
	struct trace_wish wish = { .some = chosen, .chosen = chosen };
	struct error err = { 0 };
	int gate[2], status;

	assert_int_equal(pipe(gate), 0);
	pid_t pid = wait_at(gate[0]);
	long before = settled(pid);
	struct tracer *tracer = tracer_new(&wish, pid, &err);
	long ret = tracer ? settled(pid) - before : -1;
	tracer_free(tracer);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(gate[0]);
	close(gate[1]);
	return ret;
}

static void test_a_filter_is_the_first_to_stop_it(void **state)
{
	(void)state;
	long all = stops(false);
	if (all < 0)
		skip();
	assert_true(all > 0);
	assert_int_equal(stops(true), 0);
}

enum { MADE = 50, FAILING = 7 };

/* In a program of its own: calls that succeed, and among the last of them some that fail. */
static int make_calls(void)
{
	for (int i = 0; i < MADE; i++) {
		syscall(SYS_getppid);
		if (i >= MADE - FAILING)
			syscall(SYS_chdir, "/nowhere/at/all");
	}
	return 0;
}

/* The same behind a gate, traced to its end; NULL: nobody may trace here. */
static struct tracer *trace_calls(struct trace_wish *wish)
{
	struct error err = { 0 };
	int gate[2], status;

	wish->some = wish->marked[SYS_getppid] = wish->marked[SYS_chdir] = true;
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char nothing;
		close(gate[1]);
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
		while (read(gate[0], &nothing, 1) < 0)
			continue;
		execl("/proc/self/exe", "follow_test", "calls", NULL);
		_exit(127);
	}
	struct tracer *tracer = tracer_new(wish, pid, &err);
	close(gate[0]);
	close(gate[1]);
	if (tracer)
		assert_int_equal(tracer_wait(tracer, &err), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return tracer;
}

/* All are counted, and those that fail are kept whatever came before. */
static void test_what_nobody_wants_to_see_is_counted(void **state)
{
	struct trace_wish wish = { .shown = 3 };
	uint64_t calls, failed;

	(void)state;
	struct tracer *tracer = trace_calls(&wish);
	if (!tracer)
		skip();
	tracer_tally(tracer, SYS_getppid, &calls, &failed);
	assert_int_equal(calls, MADE);
	tracer_tally(tracer, SYS_chdir, &calls, &failed);
	assert_int_equal(failed, FAILING);
	assert_int_equal(tracer_count(tracer), 3 + FAILING);
	assert_int_equal(tracer_unshown(tracer), MADE - 3);
	assert_int_equal(tracer_dropped(tracer), 0);
	for (size_t i = 0; i < tracer_count(tracer); i++)
		assert_int_equal(tracer_call(tracer, i)->code, i < 3 ? 0 : ENOENT);
	tracer_free(tracer);
	wish.shown = 0;
	tracer = trace_calls(&wish);
	assert_int_equal(tracer_count(tracer), MADE + FAILING);
	assert_int_equal(tracer_unshown(tracer), 0);
	tracer_free(tracer);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		_exit(make_calls()); /* LeakSanitizer cannot look under a tracer */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_nobody_wants_to_see_is_counted),
		cmocka_unit_test(test_a_filter_is_the_first_to_stop_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
