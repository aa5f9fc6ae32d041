/* What processes and groups have used: the files taken to pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "base/list.h"
#include "snapshot/cgroup/groups.h"
#include "snapshot/cgroup/usage.h"

#define STAT_TAIL " R 40 41 41 0 -1 4194304 96 0 0 0 123 45 6 7 20 0 1 0 9876 2605056 194 " \
	"18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static void test_stat(void **state)
{
	struct usage usage;

	(void)state;
	assert_true(usage_parse("42 (stave-burn)" STAT_TAIL, &usage));
	assert_int_equal(usage.pid, 42);
	assert_int_equal(usage.parent, 40);
	assert_int_equal(usage.state, 'R');
	assert_string_equal(usage.comm, "stave-burn");
	assert_int_equal(usage.ticks, 123 + 45);
	assert_int_equal(usage.start, 9876);
	assert_int_equal(usage.resident, 194 * sysconf(_SC_PAGESIZE));
}

static void test_busy(void **state)
{
	struct busy busy = { 0 };

	(void)state;
	assert_true(busy_parse("cpu  100 20 30 4000 500 6 7 8 9 0\ncpu0 1 2 3", &busy));
	assert_int_equal(busy.busy, 100 + 20 + 30 + 6 + 7 + 8);
	assert_int_equal(busy.idle, 4000 + 500);
	assert_false(busy_parse("cpu  100 20", &busy));
	assert_false(busy_parse("intr 1 2 3 4 5 6 7 8", &busy));
	assert_int_equal(busy.busy, 171);
	assert_true(busy_read(&busy));
	assert_true(busy.busy > 0);
}

/* A name is any bytes at all: what looks like the rest of the line too. */
static void test_names_that_lie(void **state)
{
	struct usage usage;

	(void)state;
	assert_true(usage_parse("42 (a) R 1 (\n) b)" STAT_TAIL, &usage));
	assert_string_equal(usage.comm, "a) R 1 (\n) b");
	assert_int_equal(usage.parent, 40);
	assert_true(usage_parse("42 ()" STAT_TAIL, &usage));
	assert_string_equal(usage.comm, "");
}

static void test_no_stat(void **state)
{
	static const char *const texts[] = { "", "42", "42 (", "42 )x(", "42 (x)", "x (y)" STAT_TAIL,
					     "42 (x) R 40 41 41 0 -1 4194304 96 0 0 0 123 45 6\n" };
	struct usage usage = { .pid = 7 };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_false(usage_parse(texts[i], &usage));
	assert_int_equal(usage.pid, 7);
}

static void write_stat(int proc, int pid, int parent)
{
	char path[32], text[256];

	snprintf(path, sizeof(path), "%d", pid);
	assert_int_equal(mkdirat(proc, path, 0755), 0);
	snprintf(path, sizeof(path), "%d/stat", pid);
	cleanup_fd int fd = openat(proc, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int n = snprintf(text, sizeof(text), "%d (p) S %d 0 0 0 0 0 0 0 0 0 1 1 0 0 20 0 1 0 5 0 9\n",
			 pid, parent);
	assert_int_equal(write(fd, text, (size_t)n), n);
}

static void remove_tree(const char *folder)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", folder, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* Numbers wrap around, so a child's may be lower; and a moment's /proc may hold a ring. */
static void test_descendants(void **state)
{
	static const int listed[][2] = { { 1, 0 },   { 9, 30 },	 { 20, 1 },  { 30, 20 },
					 { 31, 30 }, { 40, 1 },	 { 50, 51 }, { 51, 50 } };
	char folder[] = "/tmp/stave-usage.XXXXXX";
	struct usages usages;

	(void)state;
	assert_non_null(mkdtemp(folder));
	cleanup_fd int proc = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < COUNT(listed); i++)
		write_stat(proc, listed[i][0], listed[i][1]);
	assert_int_equal(usages_take(proc, 20, &usages), 0);
	assert_int_equal(usages.count, 4);
	assert_int_equal(usages.list[0].pid, 9);
	assert_int_equal(usages.list[1].pid, 20);
	assert_int_equal(usages.list[2].pid, 30);
	assert_int_equal(usages.list[3].pid, 31);
	struct usage other = usages.list[1];
	assert_ptr_equal(usages_find(&usages, &other), &usages.list[1]);
	other.start++;
	assert_null(usages_find(&usages, &other)); /* the number was given again */
	usages_done(&usages);
	assert_int_equal(usages_take(proc, 77, &usages), 0);
	assert_int_equal(usages.count, 0);
	usages_done(&usages);
	remove_tree(folder);
}

static void test_growth(void **state)
{
	(void)state;
	assert_int_equal(grown(3, 10), 7);
	assert_int_equal(grown(10, 3), 0);
	assert_int_equal(grown(NO_LIMIT, 3), 0);
	assert_int_equal(grown(3, NO_LIMIT), 0);
}

/* A hierarchy of two levels, made of plain files. */
struct tree {
	char top[64], parent[96], leaf[128];
	struct groups groups;
};

static void put(const char *folder, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void plant(struct tree *tree, int version)
{
	*tree = (struct tree){ .top = "/tmp/stave-groups.XXXXXX" };
	assert_non_null(mkdtemp(tree->top));
	snprintf(tree->parent, sizeof(tree->parent), "%s/a", tree->top);
	snprintf(tree->leaf, sizeof(tree->leaf), "%s/b", tree->parent);
	assert_int_equal(mkdir(tree->parent, 0755), 0);
	assert_int_equal(mkdir(tree->leaf, 0755), 0);
	for (enum controller i = 0; i < CONTROLLERS; i++) {
		struct group *group = &tree->groups.of[i];
		group->version = version;
		strcpy(group->folder, tree->leaf);
		strcpy(group->top, tree->top);
	}
}

static void test_the_least_bound_counts(void **state)
{
	struct tree tree;

	(void)state;
	plant(&tree, 2);
	put(tree.leaf, "cpu.max", "50000 100000\n");
	put(tree.parent, "cpu.max", "10000 50000\n");
	put(tree.leaf, "memory.max", "max\n");
	put(tree.parent, "memory.max", "67108864\n");
	put(tree.parent, "memory.high", "max\n");
	put(tree.leaf, "pids.max", "20\n");
	put(tree.parent, "pids.max", "30\n");
	groups_bound(&tree.groups);
	assert_float_equal(bound_share(&tree.groups.cpu), 20, 1e-9);
	assert_string_equal(tree.groups.cpu.folder, tree.parent);
	assert_int_equal(tree.groups.memory.most, 64 << 20);
	assert_string_equal(tree.groups.memory.folder, tree.parent);
	assert_int_equal(tree.groups.pids.most, 20);
	assert_string_equal(tree.groups.pids.folder, tree.leaf);
	remove_tree(tree.top);
}

static void test_no_bound(void **state)
{
	struct tree tree;

	(void)state;
	plant(&tree, 1);
	put(tree.leaf, "cpu.cfs_quota_us", "-1\n");
	put(tree.leaf, "cpu.cfs_period_us", "100000\n");
	put(tree.leaf, "memory.limit_in_bytes", "9223372036854771712\n");
	groups_bound(&tree.groups);
	assert_true(bound_share(&tree.groups.cpu) < 0);
	assert_true(tree.groups.memory.most == NO_LIMIT);
	assert_true(tree.groups.pids.most == NO_LIMIT);
	assert_string_equal(tree.groups.pids.folder, "");
	remove_tree(tree.top);
}

static void test_use_on_v2(void **state)
{
	struct group_usage usage;
	struct tree tree;

	(void)state;
	plant(&tree, 2);
	put(tree.leaf, "cpu.max", "max 100000\n");
	put(tree.parent, "cpu.max", "20000 100000\n");
	put(tree.leaf, "cpu.stat", "usage_usec 1500\nnr_periods 1\n");
	put(tree.parent, "cpu.stat", "usage_usec 9\nnr_periods 50\nnr_throttled 40\nthrottled_usec 3\n");
	put(tree.leaf, "memory.max", "67108864\n");
	put(tree.leaf, "memory.current", "4096\n");
	put(tree.leaf, "memory.events", "low 0\nhigh 2\nmax 5\noom 1\noom_kill 1\n");
	put(tree.leaf, "pids.max", "9\n");
	put(tree.leaf, "pids.current", "3\n");
	put(tree.leaf, "pids.events", "max 4\n");
	put(tree.leaf, "cgroup.events", "populated 1\nfrozen 1\n");
	groups_bound(&tree.groups);
	groups_read(&tree.groups, &usage);
	assert_int_equal(usage.cpu, 1500);
	assert_int_equal(usage.periods, 50); /* of the group that has the quota */
	assert_int_equal(usage.throttled, 40);
	assert_int_equal(usage.throttled_for, 3);
	assert_int_equal(usage.memory, 4096);
	assert_int_equal(usage.hits, 7);
	assert_int_equal(usage.kills, 1);
	assert_int_equal(usage.pids, 3);
	assert_int_equal(usage.refused, 4);
	assert_true(usage.frozen);
	remove_tree(tree.top);
}

static void test_use_on_v1(void **state)
{
	struct group_usage usage;
	struct tree tree;

	(void)state;
	plant(&tree, 1);
	put(tree.leaf, "cpu.cfs_quota_us", "20000\n");
	put(tree.leaf, "cpu.cfs_period_us", "100000\n");
	put(tree.leaf, "cpuacct.usage", "777000\n");
	put(tree.leaf, "cpu.stat", "nr_periods 5\nnr_throttled 4\nthrottled_time 123456\n");
	put(tree.leaf, "memory.limit_in_bytes", "67108864\n");
	put(tree.leaf, "memory.usage_in_bytes", "8192\n");
	put(tree.leaf, "memory.failcnt", "3\n");
	put(tree.leaf, "memory.memsw.failcnt", "30\n");
	put(tree.leaf, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	put(tree.leaf, "freezer.state", "THAWED\n");
	groups_bound(&tree.groups);
	groups_read(&tree.groups, &usage);
	assert_int_equal(usage.cpu, 777);
	assert_int_equal(usage.periods, 5);
	assert_int_equal(usage.throttled_for, 123);
	assert_int_equal(usage.memory, 8192);
	assert_int_equal(usage.hits, 33);
	assert_int_equal(usage.kills, 2);
	assert_true(usage.pids == NO_LIMIT);
	assert_false(usage.frozen);
	put(tree.leaf, "freezer.state", "FROZEN\n");
	groups_read(&tree.groups, &usage);
	assert_true(usage.frozen);
	remove_tree(tree.top);
}

static void test_nothing_there(void **state)
{
	struct groups groups = { 0 };
	struct group_usage usage;

	(void)state;
	groups_bound(&groups);
	groups_read(&groups, &usage);
	assert_true(usage.cpu == NO_LIMIT && usage.memory == NO_LIMIT && usage.pids == NO_LIMIT);
	assert_true(usage.hits == NO_LIMIT && usage.kills == NO_LIMIT);
	assert_false(usage.frozen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_names_that_lie),
		cmocka_unit_test(test_no_stat),
		cmocka_unit_test(test_descendants),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_the_least_bound_counts),
		cmocka_unit_test(test_no_bound),
		cmocka_unit_test(test_use_on_v2),
		cmocka_unit_test(test_use_on_v1),
		cmocka_unit_test(test_nothing_there),
	};

	return cmocka_run_group_tests_name("snapshot: usage", tests, NULL, NULL);
}
