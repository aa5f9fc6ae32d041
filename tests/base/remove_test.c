/* Removing a tree: what is mounted in it stays, whatever device it is of; depth costs nothing; links
 * are names. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/file/remove.h"

static char top[64];

static int build(void **state)
{
	(void)state;
	strcpy(top, "/tmp/stave-remove.XXXXXX");
	assert_non_null(mkdtemp(top));
	assert_int_equal(chdir(top), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(remove_tree(AT_FDCWD, top), 0);
	return 0;
}

static void put(const char *path)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Root of namespaces of its own, in which it may mount; an exit status of 77 where that is
 * forbidden. */
static void leave_host(void)
{
	char uids[40], gids[40];

	snprintf(uids, sizeof(uids), "0 %u 1", geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
	    write_control(AT_FDCWD, "/proc/self/uid_map", uids) < 0 ||
	    write_control(AT_FDCWD, "/proc/self/setgroups", "deny") < 0 ||
	    write_control(AT_FDCWD, "/proc/self/gid_map", gids) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(77);
}

/* What becomes of "tree" with a mount on "tree/a/m": 0 when it is left alone. */
static int remove_around(const char *source, const char *type, unsigned long flags)
{
	leave_host();
	if (mount(source, "tree/a/m", type, flags, NULL) < 0)
		return 77;
	cleanup_fd int kept = open("tree/a/m/kept", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (kept < 0 || remove_tree(AT_FDCWD, "tree") == 0 || errno != EXDEV)
		return 1;
	if (!is_there("tree/a/m/kept"))
		return 2;
	/* The mount itself is not to be emptied either. */
	if (remove_tree(AT_FDCWD, "tree/a/m") == 0)
		return 3;
	return is_there("tree/a/m/kept") ? 0 : 4;
}

static void test_mount(const char *source, const char *type, unsigned long flags)
{
	int status;

	assert_int_equal(mkdir("other", 0755), 0);
	put("other/kept");
	assert_int_equal(mkdir("tree", 0755), 0);
	assert_int_equal(mkdir("tree/a", 0755), 0);
	assert_int_equal(mkdir("tree/a/m", 0755), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(remove_around(source, type, flags));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		print_message("no mounts may be made here: nothing is proved\n");
	else
		assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(is_there("other/kept"));
	/* Where the mount is not seen the tree goes as any other. */
	assert_int_equal(remove_tree(AT_FDCWD, "tree"), 0);
	assert_false(is_there("tree"));
	assert_int_equal(remove_tree(AT_FDCWD, "other"), 0);
}

static void test_tmpfs(void **state)
{
	(void)state;
	test_mount("none", "tmpfs", 0);
}

static void test_bind_of_the_same_device(void **state)
{
	(void)state;
	test_mount("other", NULL, MS_BIND);
}

/* Deeper than there are descriptors, and than a path can name. */
static void test_deep(void **state)
{
	enum { DEPTH = 5000 };
	struct rlimit before, few;

	(void)state;
	assert_int_equal(mkdir("deep", 0755), 0);
	int at = open("deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < DEPTH; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(at);
		at = next;
	}
	close(at);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 16;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	int failed = remove_tree(AT_FDCWD, "deep");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(failed, 0);
	assert_false(is_there("deep"));
}

/* Links are names; folders that shut their owner out are opened; names that a remover might use
 * itself are like any other. */
static void test_odd(void **state)
{
	(void)state;
	assert_int_equal(mkdir("victim", 0755), 0);
	put("victim/kept");
	assert_int_equal(mkdir("tree", 0755), 0);
	assert_int_equal(symlink("../victim", "tree/link"), 0);
	assert_int_equal(mkdir("tree/.removed-0", 0755), 0);
	put("tree/.removed-0/in");
	assert_int_equal(mkdir("tree/shut", 0755), 0);
	put("tree/shut/in");
	assert_int_equal(mkdir("tree/shut/more", 0), 0);
	assert_int_equal(chmod("tree/shut", 0), 0);
	char wide[32];
	for (int i = 0; i < 3000; i++) {
		snprintf(wide, sizeof(wide), "tree/w%d", i);
		assert_int_equal(mkdir(wide, 0755), 0);
	}
	assert_int_equal(remove_tree(AT_FDCWD, "tree"), 0);
	assert_false(is_there("tree"));
	assert_true(is_there("victim/kept"));
	assert_int_equal(symlink("victim", "link"), 0);
	assert_int_equal(remove_tree(AT_FDCWD, "link"), 0);
	assert_true(is_there("victim/kept"));
	assert_int_equal(remove_tree(AT_FDCWD, "nothing"), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tmpfs),
		cmocka_unit_test(test_bind_of_the_same_device),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, build, tear_down);
}
