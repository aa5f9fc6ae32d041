/* The trial of a controller: a group is made where Stave would make its own, limited, and removed; and what is in
 * the way. A folder stands for the control groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include <errno.h>
#include <sys/stat.h>

#include "doctor/doctor.h"
#include "doctor/group.h"
#include "snapshot/facts.h"

static char folder[] = "/tmp/stave-group.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	char path[100];

	(void)state;
	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	unlink(path);
	return rmdir(folder); /* which fails where a group was left */
}

static struct cgroup_place place_of(int version)
{
	struct cgroup_place ret = { .version = version, .writable = true };

	snprintf(ret.mount, sizeof(ret.mount), "/tmp");
	snprintf(ret.parent, sizeof(ret.parent), "%s", folder);
	return ret;
}

static bool look(enum trial_id trial, const struct cgroup_place *place, struct forbidder *ret)
{
	static const struct site site = { "" };
	struct facts facts = { 0 };
	const struct inquiry at = { .trial = &trials[trial], .site = &site, .facts = &facts };

	*ret = (struct forbidder){ .id = "" };
	facts.cgroup[trials[trial].number] = *place;
	return group_look(&at, ret);
}

static void write_procs(const char *text)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_a_group_is_made_and_is_gone(void **state)
{
	struct cgroup_place place = place_of(1);
	struct forbidder ret;

	(void)state;
	place.enabled = true;
	assert_true(look(TRIAL_CPUSET, &place, &ret));
	snprintf(place.parent, sizeof(place.parent), "%s/no", folder);
	assert_false(look(TRIAL_CPUSET, &place, &ret));
	assert_string_equal(ret.id, "cgroup-denied");
	assert_non_null(strstr(ret.evidence, "mkdir"));
	assert_non_null(strstr(ret.evidence, "ENOENT"));
}

/* No file of a limit is here, so that writing it has to fail. */
static void test_a_limit_is_set_where_the_controller_is_handed_down(void **state)
{
	struct cgroup_place place = place_of(2);
	struct forbidder ret;

	(void)state;
	assert_true(look(TRIAL_PIDS, &place, &ret));
	place.enabled = true;
	assert_false(look(TRIAL_PIDS, &place, &ret));
	assert_string_equal(ret.id, "cgroup-denied");
	assert_non_null(strstr(ret.evidence, "/pids.max\", \"max\"): ENOENT"));
}

static void test_processes_of_others_are_in_the_way_on_version_2(void **state)
{
	struct cgroup_place place = place_of(2);
	struct forbidder ret;
	char own[20];

	(void)state;
	write_procs("1\n");
	assert_false(look(TRIAL_PIDS, &place, &ret));
	assert_string_equal(ret.id, "cgroup-busy");
	snprintf(own, sizeof(own), "%d\n", getpid());
	write_procs(own);
	assert_true(look(TRIAL_PIDS, &place, &ret));
	write_procs("1\n");
	place.version = 1;
	assert_true(look(TRIAL_PIDS, &place, &ret));
}

static void test_what_may_not_be_written_is_told_apart(void **state)
{
	struct cgroup_place place = place_of(2);
	struct forbidder ret;

	(void)state;
	place.writable = false;
	place.refused = EROFS;
	assert_false(look(TRIAL_PIDS, &place, &ret));
	assert_string_equal(ret.id, "cgroup-read-only");
	place.refused = EACCES;
	assert_false(look(TRIAL_PIDS, &place, &ret));
	assert_string_equal(ret.id, "cgroup-denied");
	place.version = 0;
	assert_false(look(TRIAL_PIDS, &place, &ret));
	assert_string_equal(ret.id, "cgroup-absent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_group_is_made_and_is_gone),
		cmocka_unit_test(test_a_limit_is_set_where_the_controller_is_handed_down),
		cmocka_unit_test(test_processes_of_others_are_in_the_way_on_version_2),
		cmocka_unit_test(test_what_may_not_be_written_is_told_apart),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
