/* How a union's layers are named to the kernel: the calls, for kernels of different ages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/text.h"
#include "snapshot/facts.h"
#include "words/plans/plans.h"

enum { MANY = 200 };

static void plan_for(int major, int minor, const char *const *lowers, bool upper, struct text *ret)
{
	struct facts facts = { .kernel_major = major, .kernel_minor = minor };
	struct reading reading = { .root = "/", .cwd = "/home" };
	struct context context = { .facts = &facts, .child = &reading, .host = &reading };
	struct overlay stack = { lowers, upper ? "/s/up\\per" : NULL, upper ? "/s/work" : NULL, "/u",
				upper ? "/s" : NULL, true };

	if (!upper && overlay_way(&context, &stack) == BY_LINKS)
		stack.base = "/s";
	struct plan plan = { 0 };

	plan_overlay(&context, &plan, &stack);
	for (size_t i = 0; i < plan.count; i++) {
		op_say(&plan.ops[i].op, 0, ret);
		text_add(ret, "\n");
	}
	plan_done(&plan);
}

static void calls(int major, int minor, const char *const *lowers, bool upper, const char *expected)
{
	cleanup_text struct text found = { 0 };

	plan_for(major, minor, lowers, upper, &found);
	assert_string_equal(text_of(&found), expected);
}

static void test_a_few_plain_names_are_one_mount(void **state)
{
	const char *const lowers[] = { "/a", "/b", NULL };

	(void)state;
	calls(6, 12, lowers, false,
	      "mount(\"overlay\", \"/u\", \"overlay\", 0, \"lowerdir=/a:/b,userxattr\")\n");
}

static void test_odd_names_are_told_one_by_one(void **state)
{
	const char *const lowers[] = { "/a,b", "/c:d\\e", NULL };

	(void)state;
	calls(6, 8, lowers, true,
	      "sendmsg(shell, open(\"/s\", O_PATH|O_DIRECTORY))\n"
	      "fs = fsopen(\"overlay\", FSOPEN_CLOEXEC)\n"
	      "fsconfig(fs, FSCONFIG_SET_STRING, \"source\", \"overlay\", 0)\n"
	      "fsconfig(fs, FSCONFIG_SET_STRING, \"lowerdir+\", \"/a,b\", 0)\n"
	      "fsconfig(fs, FSCONFIG_SET_STRING, \"lowerdir+\", \"/c:d\\\\e\", 0)\n"
	      "fsconfig(fs, FSCONFIG_SET_STRING, \"upperdir\", \"/s/up\\\\\\\\per\", 0)\n"
	      "fsconfig(fs, FSCONFIG_SET_STRING, \"workdir\", \"/s/work\", 0)\n"
	      "fsconfig(fs, FSCONFIG_SET_FLAG, \"userxattr\", NULL, 0)\n"
	      "fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)\n"
	      "mnt = fsmount(fs, FSMOUNT_CLOEXEC, 0)\n"
	      "move_mount(mnt, \"\", AT_FDCWD, \"/u\", MOVE_MOUNT_F_EMPTY_PATH)\n");
	/* Before that a backslash has to do. */
	calls(6, 7, lowers, false,
	      "mount(\"overlay\", \"/u\", \"overlay\", 0, "
	      "\"lowerdir=/a\\\\,b:/c\\\\:d\\\\\\\\e,userxattr\")\n");
}

static void test_what_is_longer_than_a_page_goes_by_links(void **state)
{
	static char names[MANY][64];
	const char *lowers[MANY + 1] = { NULL };
	cleanup_text struct text found = { 0 };

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "/a/folder/with/a/long/name/%zu", i);
		lowers[i] = names[i];
	}
	plan_for(6, 1, lowers, false, &found);
	assert_non_null(strstr(found.s, "mkdir(\"/s/l\", 0755)\n"
			       "symlink(\"/a/folder/with/a/long/name/0\", \"/s/l/0\")\n"));
	assert_non_null(strstr(found.s, "chdir(\"/s/l\")\nmount(\"/s/l\", \"/u\", \"overlay\", 0, "
			       "\"lowerdir=0:1:2:3:"));
	assert_non_null(strstr(found.s, ":198:199,userxattr\")\nchdir(\"/home\")\n"));
	text_clear(&found);
	plan_for(6, 8, lowers, false, &found);
	assert_null(strstr(found.s, "symlink"));
	assert_non_null(strstr(found.s, "\"lowerdir+\", \"/a/folder/with/a/long/name/199\", 0)\n"));
}

static void test_a_name_too_long_for_fsconfig_goes_by_a_link(void **state)
{
	static char name[400];
	const char *const lowers[] = { "/a,b", name, NULL };
	cleanup_text struct text found = { 0 };

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	plan_for(6, 8, lowers, false, &found);
	assert_non_null(strstr(found.s, "\"lowerdir=0:1,userxattr\")\n"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_few_plain_names_are_one_mount),
		cmocka_unit_test(test_odd_names_are_told_one_by_one),
		cmocka_unit_test(test_what_is_longer_than_a_page_goes_by_links),
		cmocka_unit_test(test_a_name_too_long_for_fsconfig_goes_by_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
