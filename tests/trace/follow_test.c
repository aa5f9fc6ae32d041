/* How often a tracer stops the program before it runs, by the kernel's own count of how often that has waited. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_filter_is_the_first_to_stop_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
