/* The folder of a user's own things: where it is, and whose folders on the way to it are refused. */
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "base/file/remove.h"
#include "base/file/state.h"
#include "base/list.h"

static char top[64];

static int begin(void **state)
{
	(void)state;
	strcpy(top, "/tmp/stave-state.XXXXXX");
	unsetenv("XDG_STATE_HOME");
	return !mkdtemp(top) || setenv("HOME", top, 1) < 0 ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	return remove_tree(AT_FDCWD, top);
}

static bool exists(const char *path)
{
	char whole[128];
	struct stat st;

	snprintf(whole, sizeof(whole), "%s/%s", top, path);
	return lstat(whole, &st) == 0;
}

static void make(const char *path, const char *link)
{
	char whole[128];

	snprintf(whole, sizeof(whole), "%s/%s", top, path);
	assert_int_equal(link ? symlink(link, whole) : mkdir(whole, 0755), 0);
}

static void test_it_is_made_below_home(void **state)
{
	char path[128], expected[128], tiny[8];

	(void)state;
	cleanup_fd int fd = state_folder();
	assert_true(fd >= 0);
	assert_true(exists(".local/state/stave"));
	cleanup_fd int again = state_folder();
	assert_true(again >= 0);
	assert_int_equal(state_path("lessons", path, sizeof(path)), 0);
	snprintf(expected, sizeof(expected), "%s/.local/state/stave/lessons", top);
	assert_string_equal(path, expected);
	assert_int_equal(state_path("lessons", tiny, sizeof(tiny)), -1);
}

static void test_the_user_says_where(void **state)
{
	char path[128], expected[128];

	(void)state;
	setenv("XDG_STATE_HOME", "relative", 1); /* is passed over */
	cleanup_fd int home = state_folder();
	assert_true(home >= 0 && exists(".local/state/stave"));
	make("mine", NULL);
	snprintf(path, sizeof(path), "%s/mine", top);
	setenv("XDG_STATE_HOME", path, 1);
	setenv("HOME", "/nowhere", 1);
	cleanup_fd int given = state_folder();
	assert_true(given >= 0 && exists("mine/stave"));
	snprintf(expected, sizeof(expected), "%s/mine/stave/x", top);
	assert_int_equal(state_path("x", path, sizeof(path)), 0);
	assert_string_equal(path, expected);
	setenv("XDG_STATE_HOME", "/nowhere/at/all", 1);
	assert_int_equal(state_folder(), -1);
	assert_int_equal(state_path("x", path, sizeof(path)), -1);
}

static void test_a_home_that_is_none(void **state)
{
	static const char *const homes[] = { NULL, "", "relative", "/nowhere/at/all" };

	(void)state;
	assert_false(home_is_foreign());
	for (size_t i = 0; i < COUNT(homes); i++) {
		if (homes[i])
			setenv("HOME", homes[i], 1);
		else
			unsetenv("HOME");
		assert_true(home_is_foreign());
		assert_int_equal(state_folder(), -1);
	}
}

static void test_no_link_is_followed(void **state)
{
	(void)state;
	make("elsewhere", NULL);
	make(".local", "elsewhere");
	assert_int_equal(state_folder(), -1);
	assert_false(exists("elsewhere/state"));
}

/* A file in the way; a folder that may not be written to. */
static void test_where_nothing_can_be_made(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/.local", top);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(state_folder(), -1);
	setenv("XDG_STATE_HOME", "/proc/self", 1);
	assert_int_equal(state_folder(), -1);
}

/* As another user, whose home this is not: sudo(8) may leave HOME as it was. */
static void test_anothers_folders_are_refused(void **state)
{
	char path[128];
	int status;

	(void)state;
	if (geteuid() != 0) {
		print_message("only root can become another user\n");
		skip();
	}
	make(".local", NULL);
	make("given", NULL);
	make("given/stave", NULL);
	snprintf(path, sizeof(path), "%s/.local", top);
	/* On the way there is a folder of somebody else's. */
	assert_int_equal(chown(path, 61233, 61233), 0);
	assert_int_equal(state_folder(), -1);
	assert_int_equal(chmod(top, 0755), 0);
	snprintf(path, sizeof(path), "%s/given", top);
	pid_t pid = fork();
	if (pid == 0) {
		if (setresuid(61233, 61233, 61233) < 0)
			_exit(9);
		int wrong = (home_is_foreign() ? 0 : 1) | (state_folder() != -1) << 1;
		setenv("XDG_STATE_HOME", path, 1);
		_exit(wrong | (state_folder() != -1) << 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(test_it_is_made_below_home),
		CASE(test_the_user_says_where),
		CASE(test_a_home_that_is_none),
		CASE(test_no_link_is_followed),
		CASE(test_where_nothing_can_be_made),
		CASE(test_anothers_folders_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
