/* The host's mount table is seen to stay and to change, in a mount namespace of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "session/host/mount_table.h"

enum { HELD, DIFFERED, NOT_ALLOWED };

static bool same(struct host_look a, struct host_look b)
{
	return a.known && b.known && a.version == b.version && a.mounts == b.mounts;
}

/* Exits: asserts of a forked process reach nobody. */
static void check(bool holds)
{
	if (!holds)
		_exit(DIFFERED);
}

static void look_and_change(void)
{
	struct host_table *table = NULL;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 && unshare(CLONE_NEWNS) < 0)
		_exit(NOT_ALLOWED);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(NOT_ALLOWED);
	struct host_look first = host_table_look(&table);
	check(first.known && first.mounts > 0);
	check(same(host_table_look(&table), first));
	check(mount("none", "/tmp", "tmpfs", 0, NULL) == 0);
	struct host_look more = host_table_look(&table);
	check(more.known && more.mounts == first.mounts + 1 && more.version != first.version);
	/* What came and went in between left nothing to tell of. */
	check(mount("none", "/tmp", "tmpfs", 0, NULL) == 0 && umount("/tmp") == 0);
	check(same(host_table_look(&table), more));
	check(umount("/tmp") == 0);
	check(host_table_look(&table).mounts == first.mounts);
	host_table_free(table);
	_exit(HELD);
}

static void test_changes_are_seen(void **state)
{
	int status;

	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		look_and_change();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_ALLOWED)
		skip();
	assert_int_equal(WEXITSTATUS(status), HELD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
