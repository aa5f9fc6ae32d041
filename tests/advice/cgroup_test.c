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
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
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
	static const char *const files[] = { "cgroup.controllers", "cgroup.procs", "cgroup.subtree_control", "cgroup.type" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
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
	struct failure failure = { .op = &op, .outcome = &outcome, .facts = &facts, .host = &reading, .child = &reading };
	struct error err = { .code = code };
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (op.kind == OP_attach)
		op.attach.file.path = path;
	else if (op.kind == OP_control)
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

/* What a person writes to a group's files by hand, or a line is refused. */
static void test_each_refusal_has_its_cause(void **state)
{
	static const struct { const char *file, *value, *procs, *down, *type; int code; const char *cause; } rows[] = {
		{ "cgroup.procs", "abc", "", "", "domain", EINVAL, "cgroup.not-a-pid" },
		{ "cgroup.procs", "-5", "", "", "domain", EINVAL, "cgroup.not-a-pid" },
		{ "tasks", "x", "", "", "domain", EINVAL, "cgroup.not-a-pid" },
		{ "cgroup.procs", "99999999", "", "", "domain", ESRCH, "cgroup.no-process" },
		{ "cgroup.procs", "1", "", "memory\n", "domain", EBUSY, "cgroup.enables-controllers" },
		{ "cgroup.subtree_control", "+memory", "1\n", "", "domain", EBUSY, "cgroup.has-processes" },
		{ "cgroup.procs", "1", "", "", "domain invalid", EOPNOTSUPP, "cgroup.domain-invalid" },
		{ "cgroup.procs", "1", "", "", "threaded", EOPNOTSUPP, "cgroup.threaded" },
		{ "pids.max", "many", "", "", "domain", EINVAL, "cgroup.no-value" },
		{ "memory.max", "64Q", "", "", "domain", EINVAL, "cgroup.no-value" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct op op = op_new(OP_control);
		op.control.value = rows[i].value;
		make("cgroup.procs", rows[i].procs);
		make("cgroup.subtree_control", rows[i].down);
		make("cgroup.type", rows[i].type);
		struct error err = said(op, rows[i].file, rows[i].code);
		assert_string_equal(err.cause, rows[i].cause);
		assert_true(err.why[0] && err.fix[0]);
	}
	make("cgroup.procs", "");
}

/* Of a group that is to be removed: what is in it, and what is below. */
static void test_what_keeps_a_group_from_being_removed(void **state)
{
	struct op op = op_new(OP_cgroup_rmdir);
	char below[128];

	(void)state;
	op.cgroup_rmdir.path = folder;
	make("cgroup.procs", "1\n");
	assert_string_equal(said(op, "", EBUSY).cause, "cgroup.has-processes");
	make("cgroup.procs", "");
	snprintf(below, sizeof(below), "%s/below", folder);
	assert_int_equal(mkdir(below, 0755), 0);
	assert_string_equal(said(op, "", EBUSY).cause, "cgroup.has-groups");
	assert_int_equal(rmdir(below), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_controller),
		cmocka_unit_test(test_limits_of_a_namespaces_root),
		cmocka_unit_test(test_a_group_of_another_namespace),
		cmocka_unit_test(test_each_refusal_has_its_cause),
		cmocka_unit_test(test_what_keeps_a_group_from_being_removed),
	};

	return cmocka_run_group_tests(tests, make_group, remove_group);
}
