/* Limits and counters of control groups: what both versions call them, and what files say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/cgroup/counters.h"
#include "snapshot/cgroup/knobs.h"

/* ---- writing ---- */

static void written(enum knob_id id, const char *value, const char *v1, const char *v2)
{
	cleanup_arena struct arena arena = { 0 };

	if (v1)
		assert_string_equal(knob_text(&knobs[id], 1, value, &arena), v1);
	if (v2)
		assert_string_equal(knob_text(&knobs[id], 2, value, &arena), v2);
}

static void test_written(void **state)
{
	(void)state;
	written(KNOB_CPU_QUOTA, "20000 100000", "20000", "20000 100000");
	written(KNOB_CPU_PERIOD, "20000 100000", "100000", NULL);
	written(KNOB_CPU_QUOTA, "max 50000", "-1", "max 50000");
	written(KNOB_CPU_WEIGHT, "100", "1024", "100");
	written(KNOB_CPU_WEIGHT, "200", "2048", "200");
	written(KNOB_CPU_WEIGHT, "1", "10", "1");
	written(KNOB_CPU_WEIGHT, "10000", "102400", "10000");
	written(KNOB_MEMORY_MAX, "max", "-1", "max");
	written(KNOB_MEMORY_MAX, "67108864", "67108864", "67108864");
	written(KNOB_MEMORY_SWAP, "0 67108864", "67108864", "0");
	written(KNOB_MEMORY_SWAP, "1000 67108864", "67109864", "1000");
	written(KNOB_MEMORY_SWAP, "max", "-1", "max");
	written(KNOB_PIDS_MAX, "max", "max", "max");
	written(KNOB_IO_RBPS, "254:0 1048576", "254:0 1048576", "254:0 rbps=1048576");
	written(KNOB_IO_WIOPS, "254:0 max", "254:0 0", "254:0 wiops=max");
	written(KNOB_FREEZE, "1", "FROZEN", "1");
	written(KNOB_FREEZE, "0", "THAWED", "0");
}

/* sched_weight_from_cgroup() and back, kernel/sched/core.c. */
static void test_weights(void **state)
{
	(void)state;
	assert_int_equal(shares_of_weight(100), 1024);
	assert_int_equal(weight_of_shares(1024), 100);
	assert_int_equal(weight_of_shares(2), 1);
	assert_int_equal(weight_of_shares(262144), 10000);
	for (uint64_t weight = 1; weight <= 10000; weight++)
		assert_int_equal(weight_of_shares(shares_of_weight(weight)), weight);
}

static void test_table(void **state)
{
	(void)state;
	for (enum knob_id i = 0; i < KNOBS; i++) {
		assert_non_null(knobs[i].idea);
		/* Who has no file on one version says what there is instead. */
		if (i != KNOB_ACCOUNT && (!knobs[i].v1 || !knobs[i].v2))
			assert_non_null(knobs[i].instead);
		assert_null(knob_file(&knobs[i], 0));
	}
	for (enum counter_id i = 0; i < COUNTERS; i++) {
		assert_non_null(counters[i].words);
		assert_non_null(counters[i].v2);
	}
}

/* ---- reading ---- */

static int make_folder(void **state)
{
	char *folder = strdup("/tmp/stave-knobs.XXXXXX");

	*state = folder;
	return folder && mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", (char *)*state);
	int failed = system(command);
	free(*state);
	return failed ? -1 : 0;
}

static void put(const char *folder, const char *name, const char *text)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_fd int fd = open(path_join(&arena, folder, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write_fd(fd, text, strlen(text)), 0);
}

static void says(enum knob_id id, int version, const char *folder, const char *words, bool limit)
{
	cleanup_arena struct arena arena = { 0 };
	const char *found = knob_words(&knobs[id], version, folder, &arena);

	assert_non_null(found);
	assert_string_equal(found, words);
	assert_int_equal(knob_is_limit(found), limit);
}

static void test_words_of_v2(void **state)
{
	const char *folder = *state;

	put(folder, "cpu.max", "20000 100000\n");
	says(KNOB_CPU_QUOTA, 2, folder, "20000 of each 100000 us (20 % of a CPU)", true);
	put(folder, "cpu.max", "max 100000\n");
	says(KNOB_CPU_QUOTA, 2, folder, "no limit", false);
	put(folder, "cpu.weight", "200\n");
	says(KNOB_CPU_WEIGHT, 2, folder, "200 (2048 shares)", true);
	put(folder, "cpu.weight", "100\n");
	says(KNOB_CPU_WEIGHT, 2, folder, "100 (1024 shares)", false);
	put(folder, "memory.max", "67108864\n");
	says(KNOB_MEMORY_MAX, 2, folder, "64.0 MiB", true);
	put(folder, "pids.max", "max\n");
	says(KNOB_PIDS_MAX, 2, folder, "no limit", false);
	put(folder, "io.max", "254:0 rbps=1048576 wbps=max riops=max wiops=7\n8:0 rbps=1 wbps=max riops=max wiops=max\n");
	says(KNOB_IO_RBPS, 2, folder, "254:0 1048576, 8:0 1", true);
	says(KNOB_IO_WBPS, 2, folder, "no limit", false);
	says(KNOB_IO_WIOPS, 2, folder, "254:0 7", true);
	put(folder, "cpuset.cpus", "\n");
	says(KNOB_CPUSET_CPUS, 2, folder, "as the group above", false);
	put(folder, "cgroup.freeze", "1\n");
	says(KNOB_FREEZE, 2, folder, "on", true);
}

static void test_words_of_v1(void **state)
{
	const char *folder = *state;
	cleanup_arena struct arena arena = { 0 };

	put(folder, "cpu.cfs_quota_us", "20000\n");
	put(folder, "cpu.cfs_period_us", "50000\n");
	says(KNOB_CPU_QUOTA, 1, folder, "20000 of each 50000 us (40 % of a CPU)", true);
	put(folder, "cpu.cfs_quota_us", "-1\n");
	says(KNOB_CPU_QUOTA, 1, folder, "no limit", false);
	put(folder, "cpu.shares", "2048\n");
	says(KNOB_CPU_WEIGHT, 1, folder, "2048 shares (weight 200)", true);
	put(folder, "memory.limit_in_bytes", "9223372036854771712\n");
	says(KNOB_MEMORY_MAX, 1, folder, "no limit", false);
	put(folder, "freezer.state", "FREEZING\n");
	says(KNOB_FREEZE, 1, folder, "FREEZING", true);
	put(folder, "cpuset.cpus", "0-1\x1b[2J\n");
	says(KNOB_CPUSET_CPUS, 1, folder, "0-1\\x1b[2J", true);
	assert_null(knob_words(&knobs[KNOB_MEMORY_HIGH], 1, folder, &arena));
	assert_null(knob_words(&knobs[KNOB_PIDS_MAX], 1, folder, &arena));
}

static void counts(enum counter_id id, int version, const char *folder, const char *expected)
{
	uint64_t number = 4711;
	char text[32];

	assert_true(counter_read(&counters[id], version, folder, &number));
	counter_text(&counters[id], number, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void test_counters(void **state)
{
	const char *folder = *state;
	uint64_t number = 4711;

	put(folder, "cpu.stat", "usage_usec 1203000\nnr_periods 12\nnr_throttled 9\nthrottled_usec 500000\n"
				"throttled_time 250000000\n");
	counts(COUNTER_CPU_USED, 2, folder, "1.203 s");
	counts(COUNTER_CPU_WAITED, 2, folder, "9");
	counts(COUNTER_CPU_WAITING, 2, folder, "0.500 s");
	counts(COUNTER_CPU_WAITING, 1, folder, "0.250 s");
	put(folder, "cpuacct.usage", "2000000000\n");
	counts(COUNTER_CPU_USED, 1, folder, "2.000 s");
	put(folder, "memory.events", "low 0\nhigh 3\nmax 5\noom 1\noom_kill 1\n");
	counts(COUNTER_MEMORY_FULL, 2, folder, "5");
	counts(COUNTER_MEMORY_KILLED, 2, folder, "1");
	put(folder, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	counts(COUNTER_MEMORY_KILLED, 1, folder, "2");
	put(folder, "io.stat", "8:0 rbytes=1024 wbytes=0 rios=1\n254:0 rbytes=1024 wbytes=4096 rios=2\n");
	counts(COUNTER_IO_READ, 2, folder, "2.0 KiB");
	counts(COUNTER_IO_READS, 2, folder, "3");
	put(folder, "blkio.throttle.io_service_bytes", "254:0 Read 4096\n254:0 Write 0\n254:0 Total 4096\nTotal 4096\n");
	counts(COUNTER_IO_READ, 1, folder, "4.0 KiB");
	put(folder, "pids.events", "");
	assert_false(counter_read(&counters[COUNTER_PIDS_REFUSED], 2, folder, &number));
	assert_false(counter_read(&counters[COUNTER_MEMORY_HIGH], 1, folder, &number));
	assert_int_equal(number, 4711);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_table),
		cmocka_unit_test_setup_teardown(test_words_of_v2, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_words_of_v1, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_counters, make_folder, remove_folder),
	};

	return cmocka_run_group_tests_name("snapshot: knobs and counters", tests, NULL, NULL);
}
