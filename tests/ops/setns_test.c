/* The kind: a number was looked at, and another process has it when the file in /proc is opened. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ops/op.h"

static int join(int fd, ino_t inode, struct op_outcome *outcome)
{
	struct op_stage stage = { .proc = -1 };
	struct op op = op_new(OP_setns);

	op.setns.fd.fd = fd;
	op.setns.nstype = CLONE_NEWUTS;
	op.setns.inode = inode;
	return op_info(OP_setns)->run(&op, &stage, outcome);
}

static void test_another_namespace_than_was_read_is_not_joined(void **state)
{
	struct op_outcome outcome = { 0 };
	struct stat st;
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(join(fd, st.st_ino + 1, &outcome), -1);
	assert_int_equal(errno, ESRCH);
	assert_true(outcome.detail[0]);
	/* The right one is the kernel's to judge. */
	assert_true(join(fd, st.st_ino, &outcome) == 0 || errno == EPERM);
	assert_true(join(fd, 0, &outcome) == 0 || errno == EPERM);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another_namespace_than_was_read_is_not_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
