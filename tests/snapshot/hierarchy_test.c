/* A hierarchy of control groups, as files that this test has written. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "base/file/remove.h"
#include "base/list.h"
#include "snapshot/cgroup/hierarchy.h"

static struct cgroup_place place;

static void put(const char *path, const char *text)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s/%s", place.mount, path);
	cleanup_fd int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_fd(fd, text, strlen(text)), 0);
}

static void group(const char *name, const char *controllers, const char *handed_down)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", place.mount, name);
	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/cgroup.controllers", name);
	put(path, controllers);
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", name);
	put(path, handed_down);
}

static int begin(void **state)
{
	(void)state;
	place = (struct cgroup_place){ .version = 2, .mount = "/tmp/stave-hierarchy.XXXXXX", .root = "/", .own = "/a/b/c" };
	return mkdtemp(place.mount) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	return remove_tree(AT_FDCWD, place.mount);
}

static void test_a_list_has_whole_words(void **state)
{
	static const struct { const char *list; bool has; } rows[] = {
		{ "cpu", true }, { "cpuset cpu io", true }, { "cpu\n", true }, { "io cpu\n", true }, { "cpuset", false },
		{ "cp", false }, { "", false }, { "xcpu cpux", false }, { " cpu", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(hierarchy_lists(rows[i].list, CONTROLLER_CPU), rows[i].has);
}

/* The highest group that has a controller and does not hand it down. */
static void test_the_gap_is_the_highest(void **state)
{
	char found[256], expected[256];

	(void)state;
	group("", "cpu memory\n", "cpu memory\n");
	group("a", "cpu memory\n", "memory\n");
	group("a/b", "memory\n", "");
	group("a/b/c", "", "");
	assert_true(hierarchy_gap(&place, CONTROLLER_CPU, found, sizeof(found)));
	snprintf(expected, sizeof(expected), "%s/a", place.mount);
	assert_string_equal(found, expected);
	assert_true(hierarchy_gap(&place, CONTROLLER_MEMORY, found, sizeof(found)));
	snprintf(expected, sizeof(expected), "%s/a/b", place.mount);
	assert_string_equal(found, expected);
	/* The machine has none, or it is handed down to the shell's own group. */
	assert_false(hierarchy_gap(&place, CONTROLLER_PIDS, found, sizeof(found)));
	group("a/b", "memory\n", "memory\n");
	assert_false(hierarchy_gap(&place, CONTROLLER_MEMORY, found, sizeof(found)));
	strcpy(place.own, "/");
	assert_false(hierarchy_gap(&place, CONTROLLER_CPU, found, sizeof(found)));
}

static void test_what_cannot_be_read_has_none(void **state)
{
	char found[256], tiny[8];

	(void)state;
	assert_false(hierarchy_has(place.mount, "cgroup.controllers", CONTROLLER_CPU));
	assert_false(hierarchy_gap(&place, CONTROLLER_CPU, found, sizeof(found)));
	group("", "cpu\n", "cpu\n");
	assert_false(hierarchy_gap(&place, CONTROLLER_CPU, tiny, sizeof(tiny)));
	/* A group that has ended meanwhile. */
	assert_false(hierarchy_gap(&place, CONTROLLER_CPU, found, sizeof(found)));
}

static void test_of_nobody_no_group_is_frozen(void **state)
{
	struct facts facts = { 0 };
	char found[256];

	(void)state;
	assert_false(hierarchy_frozen(&facts, getpid(), found, sizeof(found)));
	facts.cgroup[CONTROLLER_FREEZER] = place;
	assert_false(hierarchy_frozen(&facts, 0, found, sizeof(found)));
	assert_false(hierarchy_frozen(&facts, getpid(), found, sizeof(found)));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_list_has_whole_words),
		CASE(test_the_gap_is_the_highest),
		CASE(test_what_cannot_be_read_has_none),
		CASE(test_of_nobody_no_group_is_frozen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
