/* A new process where a filter answers clone3(2) with ENOSYS, as docker's does: by clone(2). */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ops/op.h"

static void handler(int number)
{
	(void)number;
}

static ino_t namespace_now(const char *name)
{
	char path[40];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* In a process that may be lost: 0 when all is as it should be. */
static int start_behind_filter(uint64_t flags)
{
	const ino_t user = namespace_now("user"), uts = namespace_now("uts");
	const struct op_stage nobody = { 0 };
	struct op op = op_new(OP_clone);
	struct op_outcome outcome = { 0 };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int status;

	signal(SIGUSR1, handler);
	seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (seccomp_load(filter) < 0)
		return 1;
	op.clone.flags = flags;
	if (op_run(&op, &nobody, &outcome) < 0)
		return outcome.code == EPERM ? 77 : 2;
	if (outcome.value == 0) {
		if ((namespace_now("user") == user) != !(flags & CLONE_NEWUSER) ||
		    (namespace_now("uts") == uts) != !(flags & CLONE_NEWUTS))
			_exit(3);
		_exit(signal(SIGUSR1, SIG_IGN) == SIG_DFL ? 42 : 4);
	}
	if (outcome.fds[0] < 0 || waitpid((pid_t)outcome.value, &status, 0) < 0)
		return 5;
	return WIFEXITED(status) && WEXITSTATUS(status) == 42 ? 0 : 6;
}

static void check(uint64_t flags)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(start_behind_filter(flags));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip(); /* user namespaces are forbidden here */
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_clone3_enosys_a_process(void **state)
{
	(void)state;
	check(0);
}

static void test_clone3_enosys_namespaces(void **state)
{
	(void)state;
	check(CLONE_NEWUSER | CLONE_NEWUTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clone3_enosys_a_process),
		cmocka_unit_test(test_clone3_enosys_namespaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
