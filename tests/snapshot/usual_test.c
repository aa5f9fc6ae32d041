/* The usual places of the control groups: which of them are taken for a hierarchy, and which not. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "snapshot/reading.h"
#include "snapshot/cgroup/usual.h"

static const struct mount *mount_at(const struct mount *list, size_t count, const char *point)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].point, point) == 0)
			return &list[i];
	return NULL;
}

/* This process has other mounts from then on. */
static void test_what_is_not_wanted_lies_at_no_other_place(void **state)
{
	const unsigned wanted = 1 << CONTROLLER_PIDS;
	struct mount found[USUAL_CGROUPS];
	struct reading self = { 0 };
	struct stat cgroup;

	(void)state;
	reading_parse_cgroups("9:pids:/\n8:cpuset:/\n7:named\n0::/\n", &self);
	if (stat("/proc/self/ns/cgroup", &cgroup) < 0 || cgroup.st_ino != 0xeffffffb ||
	    access("/sys/fs/cgroup/pids/tasks", F_OK) < 0 || access("/sys/fs/cgroup/cpuset/cpuset.cpus", F_OK) < 0 ||
	    unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		arena_done(&self.arena);
		skip();
	}
	assert_int_equal(usual_cgroups(&self, wanted, found), 1);
	assert_non_null(mount_at(found, 1, "/sys/fs/cgroup/pids"));
	assert_int_equal(usual_cgroups(&self, wanted | 1 << CONTROLLER_CPUSET, found), 2);
	assert_int_equal(mount("/sys/fs/cgroup/cpuset", "/sys/fs/cgroup/pids", NULL, MS_BIND, NULL), 0);
	assert_int_equal(usual_cgroups(&self, wanted, found), 0);
	assert_int_equal(umount("/sys/fs/cgroup/pids"), 0);
	/* Where another one lies does not matter. */
	assert_int_equal(mount("none", "/sys/fs/cgroup/cpuset", "tmpfs", 0, NULL), 0);
	assert_int_equal(usual_cgroups(&self, wanted, found), 1);
	assert_int_equal(usual_cgroups(&self, wanted | 1 << CONTROLLER_CPUSET, found), 0);
	assert_int_equal(umount("/sys/fs/cgroup/cpuset"), 0);
	arena_done(&self.arena);
}

/* The last: this process has other mounts from then on. */
static void test_the_usual_place_of_v2_alone(void **state)
{
	struct mount found[USUAL_CGROUPS];
	struct reading self = { 0 };
	struct stat cgroup;

	(void)state;
	if (stat("/proc/self/ns/cgroup", &cgroup) < 0 || cgroup.st_ino != 0xeffffffb || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
		skip();
	reading_parse_cgroups("0::/\n", &self);
	assert_int_equal(usual_cgroups(&self, ALL_CONTROLLERS, found), 1);
	assert_string_equal(found[0].point, "/sys/fs/cgroup");
	assert_string_equal(found[0].root, "/");
	assert_string_equal(found[0].type, "cgroup2");
	assert_string_equal(found[0].options, "rw");
	assert_string_equal(found[0].super, "");
	/* What covers it does not answer. */
	assert_int_equal(mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL), 0);
	assert_int_equal(usual_cgroups(&self, ALL_CONTROLLERS, found), 0);
	arena_done(&self.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_not_wanted_lies_at_no_other_place),
		cmocka_unit_test(test_the_usual_place_of_v2_alone),
	};

	return cmocka_run_group_tests_name("snapshot: the usual places of control groups", tests, NULL, NULL);
}
