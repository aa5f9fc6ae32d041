/* What is said of refusals that no word of the shell's comes by: groups are folders here, and the
 * errno is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "advice/question.h"
#include "base/error.h"
#include "base/fd.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

static char folder[64];

static void make(const char *name, const char *content)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
}

/* A group of cgroup v2, this user's own. */
static int make_group(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/stave-advice.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	make("cgroup.controllers", "cpu memory pids\n");
	make("cgroup.procs", "");
	return 0;
}

static int remove_group(void **state)
{
	static const char *const files[] = { "cgroup.controllers", "cgroup.procs" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		unlink(path);
	}
	return rmdir(folder);
}

/* What is said of code from op's file. */
static struct error said(struct op op, const char *file, int code)
{
	struct facts facts = { .uid = geteuid() };
	struct reading reading = { 0 };
	struct op_outcome outcome = { .code = code };
	struct failure failure = { &op, &outcome, &facts, &reading, &reading, 0 };
	struct error err = { .code = code };
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (op.kind == OP_attach)
		op.attach.file.path = path;
	else
		op.control.path = path;
	assert_true(advise_cgroup(&failure, &err));
	return err;
}

static void test_unknown_controller(void **state)
{
	struct op op = op_new(OP_control);

	(void)state;
	op.control.value = "+cpuu";
	struct error err = said(op, "cgroup.subtree_control", EINVAL);
	assert_string_equal(err.why, "no controller is called cpuu");
	assert_string_equal(err.fix, "cgroup.controllers lists them: cpu memory pids");
}

static void test_limits_of_a_namespaces_root(void **state)
{
	struct op op = op_new(OP_control);
	char why[256];

	(void)state;
	op.control.value = "20";
	struct error err = said(op, "pids.max", EPERM);
	snprintf(why, sizeof(why), "%s is the root of the cgroup namespace: its limits belong to the "
		 "user that delegated it", folder);
	assert_string_equal(err.why, why);
	assert_string_equal(err.fix, "do it from the host, outside that namespace");
}

static void test_a_group_of_another_namespace(void **state)
{
	(void)state;
	struct error err = said(op_new(OP_attach), "cgroup.procs", ENOENT);
	assert_string_equal(err.why, "the two groups are not in one cgroup namespace: a process that is "
				     "delegated a part cannot leave it (mount option nsdelegate)");
	assert_string_equal(err.fix, "do it from the host, outside that namespace");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_controller),
		cmocka_unit_test(test_limits_of_a_namespaces_root),
		cmocka_unit_test(test_a_group_of_another_namespace),
	};

	return cmocka_run_group_tests(tests, make_group, remove_group);
}
