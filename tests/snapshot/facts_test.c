/* Facts of the host: where the cgroups are in every layout, and which ids a user may map. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "snapshot/reading.h"
#include "snapshot/snapshot.h"
#include "base/process/subids.h"

/* Version, mount, own, parent of the controllers that are to be had. */
static void places(struct facts facts, const char *mountinfo, const char *cgroup,
		   enum cgroup_layout layout, const char *expected)
{
	cleanup_text struct text found = { 0 };

	facts_cgroups_from(&facts, mountinfo, cgroup);
	for (enum controller i = 0; i < CONTROLLERS; i++) {
		const struct cgroup_place *place = &facts.cgroup[i];
		if (place->version)
			text_addf(&found, "%s %d %s %s %s\n", controller_names[i], place->version,
				  place->mount, place->own, place->parent);
	}
	assert_string_equal(text_of(&found), expected);
	assert_int_equal(facts.layout, layout);
	assert_true(facts.cgroups_known);
}

static void test_v1(void **state)
{
	const struct facts root = { .root = true, .initial_userns = true }, user = { 0 };

	(void)state;
	places(root, "", "", CGROUP_NONE, "");
	/* Root's groups lie at the top, a user's below its own. */
	places(root, "34 1 0:31 / /nowhere/blkio rw - cgroup cgroup rw,blkio\n", "1:blkio:/b\n",
	       CGROUP_V1, "io 1 /nowhere/blkio /b /nowhere/blkio\n");
	/* Joined controllers; a hierarchy without controllers; a mount that lies hidden. */
	places(user,
	       "30 1 0:9 / /nowhere rw - tmpfs t rw\n"
	       "32 30 0:29 / /nowhere/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
	       "33 30 0:30 / /nowhere/memory rw - cgroup cgroup rw,memory\n"
	       "34 30 0:31 / /nowhere/blkio rw - cgroup cgroup rw,blkio\n"
	       "35 30 0:32 / /nowhere/systemd rw - cgroup cgroup rw,name=systemd\n"
	       "36 30 0:33 / /nowhere/pids rw - cgroup cgroup rw,pids\n"
	       "37 36 0:34 / /nowhere/pids rw - tmpfs over rw\n",
	       "4:pids:/\n3:cpu,cpuacct:/user/me\n2:memory:/\n1:blkio:/b\n0::/\n",
	       CGROUP_V1,
	       "cpu 1 /nowhere/cpu /user/me /nowhere/cpu/user/me\n"
	       "cpuacct 1 /nowhere/cpu /user/me /nowhere/cpu/user/me\n"
	       "memory 1 /nowhere/memory / /nowhere/memory\n"
	       "io 1 /nowhere/blkio /b /nowhere/blkio/b\n");
}

static void test_part_of_a_hierarchy(void **state)
{
	const struct facts user = { 0 };

	(void)state;
	/* A container without a cgroup namespace: its part is what is mounted. */
	places(user, "32 1 0:29 /docker/x /nowhere/cpu rw - cgroup cgroup rw,cpu\n",
	       "3:cpu:/docker/x/sub\n", CGROUP_V1,
	       "cpu 1 /nowhere/cpu /sub /nowhere/cpu/sub\n");
	/* The shell's group lies outside of what is mounted: the top is all there is. */
	places(user, "32 1 0:29 /docker/x /nowhere/cpu rw - cgroup cgroup rw,cpu\n",
	       "3:cpu:/docker/xy\n", CGROUP_V1, "cpu 1 /nowhere/cpu / /nowhere/cpu\n");
	places(user, "32 1 0:29 / /nowhere/cpu rw - cgroup cgroup rw,cpu\n", "3:cpu:/../other\n",
	       CGROUP_V1, "cpu 1 /nowhere/cpu / /nowhere/cpu\n");
}

static void test_what_root_may_write(void **state)
{
	static const struct { const char *mountinfo; bool writable; } mounts[] = {
		{ "32 1 0:29 / /nowhere/cpu rw,nosuid - cgroup cgroup rw,cpu\n", true },
		{ "32 1 0:29 / /nowhere/cpu ro,nosuid - cgroup cgroup rw,cpu\n", false },
		{ "32 1 0:29 / /nowhere/cpu rw,nosuid - cgroup cgroup ro,cpu\n", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(mounts); i++) {
		struct facts root = { .root = true, .initial_userns = true }, other = root;
		facts_cgroups_from(&root, mounts[i].mountinfo, "3:cpu:/\n");
		assert_int_equal(root.cgroup[CONTROLLER_CPU].writable, mounts[i].writable);
		/* Of anybody else it is asked: there is no such folder. */
		other.uid = 1000;
		facts_cgroups_from(&other, mounts[i].mountinfo, "3:cpu:/\n");
		assert_false(other.cgroup[CONTROLLER_CPU].writable);
	}
}

/* A folder that looks like a cgroup2 mount. */
struct fake {
	char folder[64];
	char mountinfo[300];
};

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int make_fake(void **state)
{
	static struct fake fake;
	char own[100];

	strcpy(fake.folder, "/tmp/stave-test-XXXXXX");
	if (!mkdtemp(fake.folder))
		return -1;
	write_file(fake.folder, "cgroup.controllers", "cpuset cpu io memory pids\n");
	write_file(fake.folder, "cgroup.subtree_control", "memory pids\n");
	write_file(fake.folder, "cgroup.procs", "");
	snprintf(own, sizeof(own), "%s/me", fake.folder);
	mkdir(own, 0755);
	write_file(own, "cgroup.controllers", "memory pids\n");
	write_file(own, "cgroup.subtree_control", "\n");
	write_file(own, "cgroup.procs", "");
	snprintf(fake.mountinfo, sizeof(fake.mountinfo),
		 "40 1 0:38 / %s rw - cgroup2 cgroup2 rw\n", fake.folder);
	*state = &fake;
	return 0;
}

static int remove_fake(void **state)
{
	static const char *const names[] = {
		"me/cgroup.controllers", "me/cgroup.subtree_control", "me/cgroup.procs",
		"cgroup.controllers", "cgroup.subtree_control", "cgroup.procs",
	};
	const struct fake *fake = *state;
	char path[200];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", fake->folder, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/me", fake->folder);
	rmdir(path);
	return rmdir(fake->folder);
}

static void test_v2_as_root(void **state)
{
	const struct fake *fake = *state;
	struct facts facts = { .root = true, .initial_userns = true };

	facts_cgroups_from(&facts, fake->mountinfo, "0::/me\n");
	assert_int_equal(facts.layout, CGROUP_V2);
	const struct cgroup_place *cpu = &facts.cgroup[CONTROLLER_CPU];
	assert_int_equal(cpu->version, 2);
	assert_string_equal(cpu->own, "/me");
	/* As runc does it: at the top, where the shell's own group cannot be in the way. */
	assert_string_equal(cpu->parent, fake->folder);
	assert_true(cpu->writable);
	assert_false(cpu->enabled);
	assert_true(facts.cgroup[CONTROLLER_MEMORY].enabled);
	assert_true(facts.cgroup[CONTROLLER_FREEZER].enabled);
	assert_int_equal(facts.cgroup[CONTROLLER_FREEZER].version, 2);
}

static void test_v2_as_user(void **state)
{
	const struct fake *fake = *state;
	struct facts facts = { 0 };
	char own[100], procs[200];

	snprintf(own, sizeof(own), "%s/me", fake->folder);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", own);
	facts_cgroups_from(&facts, fake->mountinfo, "0::/me\n");
	assert_string_equal(facts.cgroup[CONTROLLER_MEMORY].parent, own);
	assert_true(facts.cgroup[CONTROLLER_MEMORY].writable);
	assert_false(facts.cgroup[CONTROLLER_MEMORY].enabled);
	/* Not handed down to the shell's group. */
	assert_int_equal(facts.cgroup[CONTROLLER_CPU].version, 0);
	/* The folder alone is not enough: processes are moved by cgroup.procs. */
	unlink(procs);
	facts_cgroups_from(&facts, fake->mountinfo, "0::/me\n");
	assert_false(facts.cgroup[CONTROLLER_MEMORY].writable);
	write_file(own, "cgroup.procs", "");
}

static void test_hybrid(void **state)
{
	const struct fake *fake = *state;
	struct facts facts = { .root = true, .initial_userns = true };
	char mountinfo[500];

	snprintf(mountinfo, sizeof(mountinfo),
		 "%s41 1 0:50 / /nowhere/memory rw - cgroup cgroup rw,memory\n", fake->mountinfo);
	facts_cgroups_from(&facts, mountinfo, "2:memory:/\n0::/\n");
	assert_int_equal(facts.layout, CGROUP_HYBRID);
	assert_int_equal(facts.cgroup[CONTROLLER_MEMORY].version, 1);
	assert_int_equal(facts.cgroup[CONTROLLER_PIDS].version, 2);
}

static void test_folders(void **state)
{
	const struct cgroup_place whole = { .version = 2, .mount = "/m", .root = "/" };
	const struct cgroup_place part = { .version = 1, .mount = "/m", .root = "/a/b" };
	const struct cgroup_place none = { .mount = "/m", .root = "/" };
	char folder[16];

	(void)state;
	assert_true(cgroup_folder(&whole, "/", folder, sizeof(folder)));
	assert_string_equal(folder, "/m");
	assert_true(cgroup_folder(&whole, "/x/y", folder, sizeof(folder)));
	assert_string_equal(folder, "/m/x/y");
	assert_true(cgroup_folder(&part, "/a/b/c", folder, sizeof(folder)));
	assert_string_equal(folder, "/m/c");
	assert_false(cgroup_folder(&part, "/a/bc", folder, sizeof(folder)));
	assert_false(cgroup_folder(&whole, "/..", folder, sizeof(folder)));
	assert_false(cgroup_folder(&whole, "/a-name-too-long", folder, sizeof(folder)));
	assert_false(cgroup_folder(&none, "/", folder, sizeof(folder)));
}

static void range_is(const char *ranges, uid_t uid, const char *expected)
{
	static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\nbroken\n:x:1000:::\n"
				     "ann:x:1000:1000:Ann:/home/ann:/bin/sh\n"
				     "ben:x:1001:1001::/home/ben:/bin/sh";
	char found[64];

	subids_first(ranges, passwd, uid, found, sizeof(found));
	assert_string_equal(found, expected);
}

static void test_ranges_have(void **state)
{
	static const char ranges[] = "ann:100:10\n1000:300:5\nben:1:1\n", passwd[] = "ann:x:1000:1000::/:\n";

	(void)state;
	assert_true(subids_have(ranges, passwd, 1000, 100, 10));
	assert_true(subids_have(ranges, passwd, 1000, 304, 1));
	assert_false(subids_have(ranges, passwd, 1000, 304, 2));
	assert_false(subids_have(ranges, passwd, 1000, 99, 1));
	assert_false(subids_have(ranges, "", 1000, 100, 1));
	assert_false(subids_have(ranges, passwd, 1000, 1, 1));
	assert_true(subids_named(passwd, 1000));
	assert_false(subids_named(passwd, 1001));
}

static void test_ranges(void **state)
{
	(void)state;
	range_is("", 1000, "");
	range_is("ben:100000:65536\nann:165536:65536\n", 1001, "100000 65536");
	range_is("ann:165536:65536", 1002, "");
	range_is("1002:200000:1000", 1002, "200000 1000");
	range_is("anna:1:1\nan:1:1\nann:x:y\nann:5:0\nann:99999999999:1\nann:7:2\n", 1001, "");
}

static void test_empty_names(void **state)
{
	(void)state;
	/* A line with an empty name is nobody's. */
	range_is(":1:1\nann:300000:65536\n", 1000, "300000 65536");
	range_is("root:100000:10\n", 0, "100000 10");
}

static void test_of_this_machine(void **state)
{
	struct facts facts;

	(void)state;
	facts_gather(&facts);
	assert_true(facts.kernel_major >= 3);
	assert_int_equal(facts.uid, geteuid());
	assert_int_equal(facts.root, facts_cap(&facts, 21 /* CAP_SYS_ADMIN */));
	assert_false(facts_cap(&facts, -1));
	assert_false(facts_cap(&facts, 64));
	facts_cgroups(&facts);
	struct facts again = facts;
	facts_cgroups(&again);
	assert_memory_equal(&facts, &again, sizeof(facts));
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (facts.cgroup[i].version)
			assert_int_equal(access(facts.cgroup[i].parent, F_OK), 0);
}

/* Both ways to find the groups say the same, but for which of two mounts of a hierarchy is named. */
static void test_the_usual_places_are_those_of_the_table(void **state)
{
	cleanup_text struct text mountinfo = { 0 }, cgroup = { 0 };
	struct facts facts, table;

	(void)state;
	facts_gather(&facts);
	table = facts;
	assert_int_equal(read_file(AT_FDCWD, "/proc/self/mountinfo", 64 << 20, &mountinfo), 0);
	assert_int_equal(read_file(AT_FDCWD, "/proc/self/cgroup", 1 << 20, &cgroup), 0);
	facts_cgroups(&facts);
	facts_cgroups_from(&table, text_of(&mountinfo), text_of(&cgroup));
	assert_int_equal(facts.layout, table.layout);
	for (enum controller i = 0; i < CONTROLLERS; i++) {
		assert_int_equal(facts.cgroup[i].version, table.cgroup[i].version);
		assert_string_equal(facts.cgroup[i].root, table.cgroup[i].root);
		assert_string_equal(facts.cgroup[i].own, table.cgroup[i].own);
		assert_int_equal(facts.cgroup[i].refused, table.cgroup[i].refused);
	}
}

static void assert_same_place(const struct facts *a, const struct facts *b, enum controller controller)
{
	assert_memory_equal(&a->cgroup[controller], &b->cgroup[controller], sizeof(a->cgroup[controller]));
}

/* What bounds a container unasked is found as all is, and the rest by asking for all. */
static void test_the_limits_are_part_of_all(void **state)
{
	struct facts some, all;

	(void)state;
	facts_gather(&some);
	all = some;
	facts_limits(&some);
	facts_cgroups(&all);
	assert_same_place(&some, &all, CONTROLLER_CPU);
	assert_same_place(&some, &all, CONTROLLER_MEMORY);
	assert_same_place(&some, &all, CONTROLLER_PIDS);
	assert_same_place(&some, &all, CONTROLLER_FREEZER);
	assert_int_equal(some.layout == CGROUP_V1 || some.layout == CGROUP_HYBRID,
			 all.layout == CGROUP_V1 || all.layout == CGROUP_HYBRID);
	facts_cgroups(&some);
	assert_true(some.cgroups_known);
	assert_int_equal(some.layout, all.layout);
	for (enum controller i = 0; i < CONTROLLERS; i++)
		assert_same_place(&some, &all, i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_the_usual_places_are_those_of_the_table),
		cmocka_unit_test(test_the_limits_are_part_of_all),
		cmocka_unit_test(test_part_of_a_hierarchy),
		cmocka_unit_test(test_what_root_may_write),
		cmocka_unit_test_setup_teardown(test_v2_as_root, make_fake, remove_fake),
		cmocka_unit_test_setup_teardown(test_v2_as_user, make_fake, remove_fake),
		cmocka_unit_test_setup_teardown(test_hybrid, make_fake, remove_fake),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_ranges_have),
		cmocka_unit_test(test_empty_names),
		cmocka_unit_test(test_of_this_machine),
	};

	return cmocka_run_group_tests_name("snapshot: facts", tests, NULL, NULL);
}
