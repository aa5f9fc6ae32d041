/* Limits as they are typed: what is taken, and what is refused with one clear error. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "words/plans/cgroup/cgroup.h"

typedef int parser(struct plan *plan, const char *word, struct limits_wanted *ret,
		   struct error *err);

static int quota(struct plan *plan, const char *word, struct limits_wanted *ret, struct error *err)
{
	return parse_cpu(plan, word, NULL, ret, err);
}

static int memory(struct plan *plan, const char *word, struct limits_wanted *ret,
		  struct error *err)
{
	return parse_memory(plan, word, NULL, ret, err);
}

static int disk(struct plan *plan, const char *word, struct limits_wanted *ret, struct error *err)
{
	const struct context context = { 0 };

	return parse_io(&context, plan, NULL, &word, 1, ret, err);
}

static int cpus(struct plan *plan, const char *word, struct limits_wanted *ret, struct error *err)
{
	const struct facts nothing = { 0 };
	const struct context context = { .facts = &nothing };

	return parse_cpuset(&context, plan, word, NULL, ret, err);
}

/* The value that word is taken for. */
static void takes(parser *parse, const char *word, enum knob_id knob, const char *value)
{
	struct limits_wanted wanted = { 0 };
	struct plan plan = { 0 };
	struct error err;

	assert_int_equal(parse(&plan, word, &wanted, &err), 0);
	assert_non_null(limit_wanted(&wanted, knob));
	assert_string_equal(limit_wanted(&wanted, knob), value);
	plan_done(&plan);
}

/* Words that are no value: nothing is wanted, the word is named, and the way out is told. */
static void refuses(parser *parse, const char *const *words)
{
	for (; *words; words++) {
		struct limits_wanted wanted = { 0 };
		struct plan plan = { 0 };
		struct error err = { 0 };
		if (parse(&plan, *words, &wanted, &err) == 0)
			print_error("taken: %s\n", *words);
		assert_int_equal(wanted.count, 0);
		assert_non_null(strstr(err.what, vis(*words)));
		assert_true(err.why[0] || err.fix[0]);
		plan_done(&plan);
	}
}

static void test_cpu(void **state)
{
	(void)state;
	takes(quota, "20000", KNOB_CPU_QUOTA, "20000 100000");
	takes(quota, "12.5%", KNOB_CPU_QUOTA, "12500 100000");
	takes(quota, "1.5cpus", KNOB_CPU_PERIOD, "150000 100000");
	takes(quota, "max", KNOB_CPU_QUOTA, "max 100000");
	takes(quota, "-1", KNOB_CPU_QUOTA, "max 100000");
	refuses(quota, (const char *const[]){ "", "0", "-2", "999", "20%%", "1e9", "abc", "%", "cpus", "0.5%",
					      "1.2345cpus", "17592186044416", "20\033%", NULL });
}

static void test_weight(void **state)
{
	(void)state;
	takes(parse_weight, "1", KNOB_CPU_WEIGHT, "1");
	takes(parse_weight, "10000", KNOB_CPU_WEIGHT, "10000");
	refuses(parse_weight, (const char *const[]){ "0", "-1", "10001", "x", "", NULL });
	takes(parse_burst, "0", KNOB_CPU_BURST, "0");
	refuses(parse_burst, (const char *const[]){ "-1", "max", "1e3", NULL });
	takes(parse_idle, "on", KNOB_CPU_IDLE, "1");
	takes(parse_idle, "off", KNOB_CPU_IDLE, "0");
	refuses(parse_idle, (const char *const[]){ "1", "yes", "", NULL });
}

static void test_memory(void **state)
{
	(void)state;
	takes(memory, "64M", KNOB_MEMORY_MAX, "67108864");
	takes(memory, "64m", KNOB_MEMORY_SWAP, "0 67108864");
	takes(memory, "1048576", KNOB_MEMORY_MAX, "1048576");
	takes(memory, "1T", KNOB_MEMORY_MAX, "1099511627776");
	takes(memory, "max", KNOB_MEMORY_SWAP, "max");
	refuses(memory, (const char *const[]){ "-1", "0", "1K", "1e9G", "M", "64MB", "64 M", "9999999999G", "",
					       "0x", NULL });
}

static void test_swap(void **state)
{
	struct limits_wanted wanted = { 0 };
	struct plan plan = { 0 };
	struct error err;

	(void)state;
	assert_int_equal(parse_memory(&plan, "64M", "64M", &wanted, &err), 0);
	assert_string_equal(limit_wanted(&wanted, KNOB_MEMORY_SWAP), "67108864 67108864");
	wanted.count = 0;
	assert_int_equal(parse_memory(&plan, "max", "64M", &wanted, &err), 0);
	assert_string_equal(limit_wanted(&wanted, KNOB_MEMORY_SWAP), "67108864");
	plan_done(&plan);
}

static void test_pids(void **state)
{
	(void)state;
	takes(parse_pids, "20", KNOB_PIDS_MAX, "20");
	takes(parse_pids, "max", KNOB_PIDS_MAX, "max");
	refuses(parse_pids, (const char *const[]){ "0", "-1", "4194305", "1.5", "20%", "", NULL });
}

static void test_io(void **state)
{
	const struct context context = { 0 };
	struct limits_wanted wanted = { 0 };
	const char *all[] = { "rbps=1M", "wiops=100", "wbps=max" };
	struct plan plan = { 0 };
	struct error err;

	(void)state;
	takes(disk, "weight=1000", KNOB_IO_WEIGHT, "1000");
	refuses(disk, (const char *const[]){ "weight=0", "weight=1001", "rbps=1M", "bps=1", "rbps", "rbps=", "x=1",
					     NULL });
	assert_int_equal(parse_io(&context, &plan, "/no/such/disk", all, 3, &wanted, &err), -1);
	assert_string_equal(err.what, "/no/such/disk: not a disk");
	assert_int_equal(parse_io(&context, &plan, "4095:1", all, 3, &wanted, &err), -1);
	assert_string_equal(err.what, "4095:1: not a disk");
	assert_int_equal(parse_io(&context, &plan, "/dev/null", all, 3, &wanted, &err), -1);
	assert_string_equal(err.why, "it is not a block device");
	assert_int_equal(wanted.count, 0);
	plan_done(&plan);
}

static void test_cpuset(void **state)
{
	(void)state;
	takes(cpus, "0", KNOB_CPUSET_CPUS, "0");
	takes(cpus, "0-1,4,7-9", KNOB_CPUSET_CPUS, "0-1,4,7-9");
	refuses(cpus, (const char *const[]){ "", "1-0", "a", "0-", "-1", "0,", ",0", "0 1", "99999", "0--1", NULL });
}

static void test_by_both_names(void **state)
{
	struct limits_wanted wanted = { 0 };
	struct plan plan = { 0 };
	struct error err;

	(void)state;
	assert_int_equal(parse_cpu(&plan, "20000", NULL, &wanted, &err), 0);
	assert_int_equal(parse_weight(&plan, "200", &wanted, &err), 0);
	assert_int_equal(parse_high(&plan, "64M", &wanted, &err), 0);
	assert_string_equal(limits_by_both_names(&plan, &wanted),
			    "cpu.cfs_quota_us 20000 and cpu.cfs_period_us 100000 on cgroup v1 are cpu.max "
			    "\"20000 100000\" on v2; cpu.shares 2048 on cgroup v1 is cpu.weight 200 on v2; "
			    "memory.high is on cgroup v2 only; v1 has nothing that slows a group down; "
			    "memory.soft_limit_in_bytes is only best effort");
	plan_done(&plan);
}

static void test_too_many(void **state)
{
	struct limits_wanted wanted = { 0 };
	struct plan plan = { 0 };
	struct error err;
	int failed = 0;

	(void)state;
	for (int i = 0; i <= LIMITS_MOST; i++)
		failed = parse_pids(&plan, "1", &wanted, &err);
	assert_int_equal(failed, -1);
	assert_int_equal(wanted.count, LIMITS_MOST);
	plan_done(&plan);
}

/* Where no group can be made, each reason has its way out. */
static void test_places(void **state)
{
	struct facts facts = { 0 };
	struct plan plan = { 0 };
	const struct context context = { .facts = &facts };
	struct cgroup_place *pids = &facts.cgroup[CONTROLLER_PIDS];
	struct error err = { 0 };

	(void)state;
	assert_int_equal(check_place(&facts, CONTROLLER_PIDS, &err), -1);
	assert_string_equal(err.id, "cgroup.unmounted");
	assert_true(err.why[0] && err.fix[0]);
	pids->version = 1;
	strcpy(pids->parent, "/nowhere/pids");
	pids->refused = EACCES;
	assert_int_equal(check_default_limit(&context, &plan, CONTROLLER_PIDS, &err), -1);
	assert_int_equal(err.code, EACCES);
	assert_non_null(strstr(err.fix, "as root"));
	facts.root = true;
	pids->refused = EROFS;
	strcpy(pids->mount, "/nowhere/pids");
	assert_int_equal(check_default_limit(&context, &plan, CONTROLLER_PIDS, &err), -1);
	assert_int_equal(err.code, EROFS);
	assert_string_equal(err.fix, "!mount -o remount,rw /nowhere/pids");
	pids->writable = true;
	assert_int_equal(check_default_limit(&context, &plan, CONTROLLER_PIDS, &err), 0);
	/* The others are as absent as before. */
	assert_int_equal(check_default_limit(&context, &plan, CONTROLLER_CPU, &err), -1);
	plan_done(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu),	cmocka_unit_test(test_weight),
		cmocka_unit_test(test_memory),	cmocka_unit_test(test_swap),
		cmocka_unit_test(test_pids),	cmocka_unit_test(test_io),
		cmocka_unit_test(test_cpuset),	cmocka_unit_test(test_by_both_names),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests_name("commands: limits", tests, NULL, NULL);
}
