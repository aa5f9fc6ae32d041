/* What clears what a process is armed with, by the kernel and by the table. */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ops/op.h"

enum { KEPT, CLEARED, REFUSED };

/* What unshare(2) has done to a new process, which may have a user namespace of its own already. */
static int unshares(int flags)
{
	int status = 0, signal = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (geteuid() != 0 && unshare(CLONE_NEWUSER) < 0)
			_exit(REFUSED);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_DUMPABLE, 0);
		if (unshare(flags) < 0)
			_exit(REFUSED);
		prctl(PR_GET_PDEATHSIG, &signal);
		_exit(signal == SIGKILL && prctl(PR_GET_DUMPABLE) == 0 ? KEPT : CLEARED);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_what_a_new_namespace_clears_is_armed_again(void **state)
{
	struct op op = op_new(OP_unshare);
	int refused = 0, all = 0;

	(void)state;
	for (const struct flag *flag = clone_flags; flag->name; flag++) {
		/* Only clone3(2) has flags beyond these. */
		if (flag->value > UINT32_MAX)
			continue;
		op.unshare.flags = flag->value;
		int found = unshares((int)flag->value);
		assert_true(found != CLEARED || op_disarms(&op));
		refused += found == REFUSED;
		all++;
	}
	if (refused == all)
		skip();
	op.unshare.flags = CLONE_NEWUSER | CLONE_NEWUTS;
	assert_true(op_disarms(&op));
	op.unshare.flags = CLONE_NEWCGROUP;
	assert_false(op_disarms(&op));
}

static void test_ids_and_namespaces_of_others_clear_it(void **state)
{
	static const enum op_kind kinds[] = { OP_setns, OP_setresuid, OP_setresgid };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct op op = op_new(kinds[i]);
		assert_true(op_disarms(&op));
	}
	const struct op mount = op_new(OP_mount);
	assert_false(op_disarms(&mount));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_new_namespace_clears_is_armed_again),
		cmocka_unit_test(test_ids_and_namespaces_of_others_clear_it),
	};

	return cmocka_run_group_tests_name("ops: what disarms", tests, NULL, NULL);
}
