/* The table of walls: what a reading and the host's make of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/text.h"
#include "snapshot/cgroup/limits.h"
#include "walls/walls.h"
#include "words/language/command.h"

static const struct folder hosts = { 21, 2, 254, 0 }, folder = { 21, 99, 254, 0 },
			   inside = { 90, 100, 254, 0 }, mounted = { 90, 1, 0, 40 },
			   copy = { 60, 2, 254, 0 };

static struct reading reading_of(uint64_t ns, const char *root, struct folder slash,
				 struct folder top)
{
	struct reading reading = { .pid = 7, .root = root, .slash = slash, .top = top,
				   .uid_map = "0 0 4294967295\n", .cap_bounding = UINT64_MAX };

	for (int link = 0; link < NS_TYPES; link++)
		reading.ns[link].id = ns;
	return reading;
}

static struct reading host_reading(void)
{
	return reading_of(1, "/", hosts, hosts);
}

static void roots(struct reading child, enum standing root, enum standing chroot)
{
	struct reading host = host_reading();
	const struct sides sides = { &child, &host, NULL };

	assert_int_equal(wall_standing(WALL_ROOT, &sides), root);
	assert_int_equal(wall_standing(WALL_CHROOT, &sides), chroot);
}

static void test_a_root_and_a_chroot_are_two_walls(void **state)
{
	const struct folder none = { 0 };

	(void)state;
	roots(host_reading(), NOT_STANDING, NOT_STANDING);
	roots(reading_of(1, "/srv", folder, hosts), NOT_STANDING, STANDING);
	roots(reading_of(2, "/", copy, copy), NOT_STANDING, NOT_STANDING);
	roots(reading_of(2, "/mnt", mounted, copy), NOT_STANDING, STANDING);
	roots(reading_of(2, "/", mounted, mounted), STANDING, NOT_STANDING);
	roots(reading_of(2, "/bin", inside, mounted), STANDING, STANDING);
	/* The host's own tree, bound somewhere else. */
	roots(reading_of(2, "/mnt", (struct folder){ 90, 2, 254, 0 }, copy), NOT_STANDING, STANDING);
	/* The host itself is in somebody's chroot, which the child begins in. */
	roots(reading_of(2, "/jail", copy, mounted), NOT_STANDING, NOT_STANDING);
	/* The way up could not be walked; nothing could be looked at. */
	roots(reading_of(2, "/mnt", mounted, none), NOT_SEEN, STANDING);
	roots(reading_of(2, "", none, none), NOT_SEEN, NOT_SEEN);
}

static void test_what_was_joined_is_not_the_childs_own(void **state)
{
	struct reading host = host_reading(), child = reading_of(2, "/", mounted, mounted);
	const struct sides sides = { &child, &host, NULL };

	(void)state;
	child.ns[NS_MNT].joined = child.ns[NS_NET].joined = true;
	assert_int_equal(wall_standing(WALL_NET, &sides), JOINED);
	assert_int_equal(wall_standing(WALL_ROOT, &sides), JOINED);
	assert_int_equal(wall_standing(WALL_UTS, &sides), STANDING);
	assert_true(wall_stands(WALL_NET, &sides));
	assert_string_equal(standing_word(WALL_NET, JOINED), "joined");
	child.ns[NS_IPC].id = 0;
	assert_int_equal(wall_standing(WALL_IPC, &sides), NOT_SEEN);
	assert_false(wall_missing(WALL_IPC, OPTIONAL, &sides));
}

static void test_capabilities_are_what_the_next_program_may_have(void **state)
{
	struct reading host = host_reading(), child = host_reading();
	const struct sides sides = { &child, &host, NULL };

	(void)state;
	child.cap_permitted = child.cap_effective = 0;
	assert_int_equal(wall_standing(WALL_CAPABILITIES, &sides), NOT_STANDING);
	assert_true(wall_missing(WALL_CAPABILITIES, CONFINED, &sides));
	child.no_new_privs = 1;
	assert_int_equal(wall_standing(WALL_CAPABILITIES, &sides), STANDING);
	child.cap_permitted = UINT64_C(1) << 21;
	assert_int_equal(wall_standing(WALL_CAPABILITIES, &sides), NOT_STANDING);
	child.ns[NS_USER].id = 2;
	assert_false(wall_missing(WALL_CAPABILITIES, CONFINED, &sides));
	child.ns[NS_USER].id = 1;
	child.no_new_privs = 0;
	child.cap_permitted = 0;
	child.uid[0] = child.uid[1] = 1000;
	assert_int_equal(wall_standing(WALL_CAPABILITIES, &sides), STANDING);
	child.uid_map = "0 1000 1\n";
	assert_int_equal(wall_standing(WALL_CAPABILITIES, &sides), NOT_STANDING);
}

static void test_a_filter_that_the_host_has_too_is_not_the_childs(void **state)
{
	struct reading host = host_reading(), child = host_reading();
	const struct sides sides = { &child, &host, NULL };

	(void)state;
	assert_int_equal(wall_standing(WALL_SECCOMP, &sides), NOT_STANDING);
	child.seccomp = 2;
	assert_int_equal(wall_standing(WALL_SECCOMP, &sides), STANDING);
	host.seccomp = 2;
	assert_int_equal(wall_standing(WALL_SECCOMP, &sides), NOT_SEEN);
	host.filters = child.filters = 1;
	assert_int_equal(wall_standing(WALL_SECCOMP, &sides), NOT_STANDING);
	child.filters = 2;
	assert_int_equal(wall_standing(WALL_SECCOMP, &sides), STANDING);
}

static void test_limits_and_paths(void **state)
{
	struct limits limits = { .cpu = { .most = NO_LIMIT }, .memory = { .most = NO_LIMIT },
				 .pids = { .most = 20 } };
	struct reading host = host_reading(), child = host_reading();
	struct sides sides = { &child, &host, NULL };

	(void)state;
	assert_int_equal(wall_standing(WALL_LIMITS, &sides), NOT_SEEN);
	sides.limits = &limits;
	assert_int_equal(wall_standing(WALL_LIMITS, &sides), NOT_STANDING);
	limits.pids.own = true;
	assert_int_equal(wall_standing(WALL_LIMITS, &sides), STANDING);
	assert_int_equal(wall_standing(WALL_PATHS, &sides), NOT_SEEN);
	child.mounts = mounts_parse("9 1 0:9 / / rw - tmpfs a rw\n"
				    "10 9 0:8 / /proc/sys rw - proc proc rw\n", NULL);
	assert_int_equal(wall_standing(WALL_PATHS, &sides), NOT_STANDING);
	child.mounts->list[1].options = "ro,nosuid";
	assert_int_equal(wall_standing(WALL_PATHS, &sides), STANDING);
	mounts_free(child.mounts);
}

/* Its first words, each before a semicolon, are words of the vocabulary. */
static void are_words(const char *build)
{
	for (const char *s = build; s && *s;) {
		char name[32];
		struct error err = { 0 };
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(s, " ;"), s);
		const struct word word = { name, 1, false };
		assert_non_null(command_find(&word, &err));
		s += strcspn(s, ";");
		s += strspn(s, "; ");
	}
}

static void test_each_row_is_whole(void **state)
{
	struct stat st;
	bool in_tree = stat("lessons/en", &st) == 0;

	(void)state;
	for (enum wall_id id = 0; id < WALLS; id++) {
		const struct wall *wall = &walls[id];
		char path[80];
		assert_true(wall->name && wall->parts && wall->missing);
		assert_int_equal(wall_find(wall->name), id);
		assert_true(wall->demand != CONFINED || wall->build);
		are_words(wall->build);
		snprintf(path, sizeof(path), "lessons/en/%s.md", wall->lesson ? wall->lesson : "");
		assert_true(!in_tree || !wall->lesson || stat(path, &st) == 0);
	}
	for (enum ns_link link = 0; link < NS_TYPES; link++)
		assert_string_equal(walls[wall_of(link)].name, ns_types[link].name);
	assert_int_equal(wall_find("mount"), WALL_MNT);
	assert_int_equal(wall_find("moat"), WALLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_root_and_a_chroot_are_two_walls),
		cmocka_unit_test(test_what_was_joined_is_not_the_childs_own),
		cmocka_unit_test(test_capabilities_are_what_the_next_program_may_have),
		cmocka_unit_test(test_a_filter_that_the_host_has_too_is_not_the_childs),
		cmocka_unit_test(test_limits_and_paths),
		cmocka_unit_test(test_each_row_is_whole),
	};

	return cmocka_run_group_tests_name("walls: the table", tests, NULL, NULL);
}
