/* The files of /proc/PID: status and cgroup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/list.h"
#include "snapshot/reading.h"

static const char status[] =
	"Name:\ta\\nb\\\\n c\n"
	"Umask:\t0022\n"
	"State:\tS (sleeping)\n"
	"Tgid:\t4824\n"
	"Pid:\t4824\n"
	"PPid:\t4819\n"
	"Uid:\t1000\t1001\t1002\t4294967295\n"
	"Gid:\t10\t11\t12\t13\n"
	"Groups:\t \n"
	"NSpid:\t4824\t17\t1\n"
	"SigBlk:\t0000000000000002\n"
	"SigIgn:\t0000000000001000\n"
	"SigCgt:\t8000000000004000\n"
	"CapInh:\t0000000000000001\n"
	"CapPrm:\t000001ffffffffff\n"
	"CapEff:\t00000000a80425fb\n"
	"CapBnd:\t000001fffeffffff\n"
	"CapAmb:\t8000000000000000\n"
	"NoNewPrivs:\t1\n"
	"Seccomp:\t2\n"
	"Seccomp_filters:\t3\n";

static void test_status(void **state)
{
	struct reading reading = { 0 };

	(void)state;
	reading_parse_status(status, &reading);
	assert_string_equal(reading.comm, "a\nb\\n c");
	assert_int_equal(reading.state, 'S');
	assert_int_equal(reading.parent, 4819);
	assert_int_equal(reading.uid[0], 1000);
	assert_int_equal(reading.uid[3], UINT32_MAX);
	assert_int_equal(reading.gid[1], 11);
	assert_int_equal(reading.levels, 3);
	assert_int_equal(reading.inside[0], 4824);
	assert_int_equal(reading.inside[1], 17);
	assert_int_equal(reading.inside[2], 1);
	assert_int_equal(reading.blocked, 1 << (2 - 1));
	assert_true(reading.ignored == 1 << (13 - 1));
	assert_true(reading.caught == (1ULL << (64 - 1) | 1 << (15 - 1)));
	assert_int_equal(reading.cap_inheritable, 1);
	assert_int_equal(reading.cap_permitted, 0x1ffffffffff);
	assert_int_equal(reading.cap_effective, 0xa80425fb);
	assert_int_equal(reading.cap_bounding, 0x1fffeffffff);
	assert_int_equal(reading.cap_ambient, 1ULL << 63);
	assert_int_equal(reading.no_new_privs, 1);
	assert_int_equal(reading.seccomp, 2);
	reading_done(&reading);
}

static void test_status_of_an_old_kernel(void **state)
{
	struct reading reading = { 0 };

	(void)state;
	reading_parse_status("Name:\tinit\nState:\tZ (zombie)\nPid:\t1", &reading);
	assert_string_equal(reading.comm, "init");
	assert_int_equal(reading.state, 'Z');
	assert_int_equal(reading.levels, 1);
	assert_int_equal(reading.inside[0], 1);
	reading_done(&reading);
}

static void test_odd_status(void **state)
{
	static const char *const odd[] = {
		"", "\n\n", "Name", "Name:", "Name:\n", ":\n", "State:\t", "NSpid:\t", "Uid:\tx",
		"NSpid:\t-1\n", "CapEff:\tzz\n", "no colon\nNoNewPrivs:\n1\n", "Uid:\t\n7\t7\t7\t7\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		struct reading reading = { 0 };
		reading_parse_status(odd[i], &reading);
		assert_string_equal(reading.comm, "");
		assert_int_equal(reading.levels, 0);
		assert_int_equal(reading.uid[0], 0);
		assert_int_equal(reading.no_new_privs, 0);
	}
}

static void test_long_name_and_many_levels(void **state)
{
	struct reading reading = { 0 };
	char text[600] = "Name:\t";

	(void)state;
	memset(text + 6, 'x', 200);
	strcat(text, "\nNSpid:");
	for (int i = 0; i < 40; i++)
		strcat(text, "\t7");
	reading_parse_status(text, &reading);
	assert_int_equal(strlen(reading.comm), sizeof(reading.comm) - 1);
	assert_int_equal(reading.levels, NS_LEVELS);
	reading_done(&reading);
}

static void test_cgroups(void **state)
{
	struct reading reading = { 0 };

	(void)state;
	reading_parse_cgroups("9:name=systemd:/\n4:cpu,cpuacct:/a:b/c\nrubbish\n:x:/\n0::/user.slice",
			      &reading);
	assert_int_equal(reading.cgroup_count, 3);
	assert_int_equal(reading.cgroups[0].hierarchy, 9);
	assert_string_equal(reading.cgroups[0].controllers, "name=systemd");
	assert_string_equal(reading.cgroups[0].path, "/");
	assert_string_equal(reading.cgroups[1].controllers, "cpu,cpuacct");
	assert_string_equal(reading.cgroups[1].path, "/a:b/c");
	assert_int_equal(reading.cgroups[2].hierarchy, 0);
	assert_string_equal(reading.cgroups[2].controllers, "");
	assert_string_equal(reading.cgroups[2].path, "/user.slice");
	reading_done(&reading);
	reading_parse_cgroups("", &reading);
	assert_int_equal(reading.cgroup_count, 0);
	reading_done(&reading);
}

static void test_types(void **state)
{
	(void)state;
	assert_int_equal(ns_type_find("mnt"), NS_MNT);
	assert_int_equal(ns_type_find("mount"), NS_MNT);
	assert_int_equal(ns_type_find("network"), NS_NET);
	assert_int_equal(ns_type_find("time"), NS_TIME);
	assert_int_equal(ns_type_find("pid_for_children"), -1);
	assert_int_equal(ns_type_find(""), -1);
	for (int link = 0; link < NS_LINKS; link++)
		assert_true(ns_types[link].name && ns_types[link].long_name &&
			    ns_types[link].isolates);
	for (int link = 0; link < NS_TYPES; link++)
		assert_int_not_equal(ns_types[link].flag, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_status_of_an_old_kernel),
		cmocka_unit_test(test_odd_status),
		cmocka_unit_test(test_long_name_and_many_levels),
		cmocka_unit_test(test_cgroups),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests_name("snapshot: reading", tests, NULL, NULL);
}
