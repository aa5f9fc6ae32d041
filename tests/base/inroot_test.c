/* Paths below a root: the kernel's way and the walk, held against each other and against what must
 * come out. */
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "base/list.h"
#include "base/file/inroot.h"

/* A root with links of every kind in it, and beside it what they would like to reach. */
struct place {
	char top[64];
	int root;
};

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_fd(fd, text, strlen(text)), 0);
	close(fd);
}

static int build(void **state)
{
	static struct place place;
	static const struct { const char *target, *path; } links[] = {
		{ "/run", "root/var/run" },	       { "../../../../victim", "root/up" },
		{ "/victim", "root/absolute" },	       { "loop", "root/loop" },
		{ "deep/dir", "root/short" },	       { "/proc/self/root/victim", "root/magic" },
		{ "nowhere/at/all", "root/dangling" }, { "..", "root/deep/above" },
		{ "../..", "root/deep/dir/far" },      { "/", "root/slash" },
		{ "deep/dir/file", "root/tofile" },    { "short/../dir/./file", "root/winding" },
	};

	strcpy(place.top, "/tmp/stave-inroot.XXXXXX");
	assert_non_null(mkdtemp(place.top));
	assert_int_equal(chdir(place.top), 0);
	static const char *const folders[] = { "victim", "root", "root/run", "root/var", "root/deep",
					       "root/deep/dir", "root/shut", "root/shut/open" };
	for (size_t i = 0; i < COUNT(folders); i++)
		assert_int_equal(mkdir(folders[i], 0755), 0);
	put("victim/secret", "outside");
	put("root/run/pid", "run");
	put("root/deep/dir/file", "file");
	put("root/shut/open/file", "below 0711");
	for (size_t i = 0; i < COUNT(links); i++)
		assert_int_equal(symlink(links[i].target, links[i].path), 0);
	assert_int_equal(chmod("root/shut", 0711), 0);
	place.root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(place.root >= 0);
	*state = &place;
	return 0;
}

static int tear_down(void **state)
{
	const struct place *place = *state;
	char command[128];

	close(place->root);
	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf --one-file-system '%s'", place->top);
	return system(command);
}

typedef int opener(int root, const char *path, int flags, mode_t mode);

static bool has_openat2(void)
{
	return syscall(SYS_openat2, -1, NULL, NULL, 0UL) < 0 && errno != ENOSYS;
}

/* What path leads to: the file's text, or -errno. */
static int text_at(opener *open_in, const struct place *place, const char *path, char text[32])
{
	cleanup_fd int fd = open_in(place->root, path, O_RDONLY, 0);

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, 31);
	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -errno : 0;
}

static void leads(opener *open_in, const struct place *place, const char *path,
		  const char *expected, int code)
{
	char text[32] = "";
	int ret = text_at(open_in, place, path, text);

	if (ret != -code || strcmp(text, expected) != 0)
		print_error("%s: %d (%s)\n", path, ret, text);
	assert_int_equal(ret, -code);
	assert_string_equal(text, expected);
}

static void check_places(opener *open_in, const struct place *place)
{
	leads(open_in, place, "/var/run/pid", "run", 0);
	leads(open_in, place, "var/run/pid", "run", 0);
	leads(open_in, place, "/shut/open/file", "below 0711", 0);
	leads(open_in, place, "short/file", "file", 0);
	leads(open_in, place, "tofile", "file", 0);
	leads(open_in, place, "winding", "file", 0);
	leads(open_in, place, "deep/dir/../../run/pid", "run", 0);
	leads(open_in, place, "../../../run/pid", "run", 0);
	leads(open_in, place, "slash/slash/run/pid", "run", 0);
	leads(open_in, place, "deep/dir/far/run/pid", "run", 0);
	leads(open_in, place, "deep/above/run//./pid", "run", 0);
	/* Whatever points out of it stays inside, where there is nothing, or only itself. */
	leads(open_in, place, "up/secret", "", ENOENT);
	leads(open_in, place, "absolute/secret", "", ENOENT);
	leads(open_in, place, "../absolute/secret", "", ENOENT);
	leads(open_in, place, "magic/secret", "", ENOENT);
	leads(open_in, place, "loop", "", ELOOP);
	leads(open_in, place, "dangling", "", ENOENT);
	leads(open_in, place, "tofile/x", "", ENOTDIR);
	leads(open_in, place, "tofile/", "", ENOTDIR);
	leads(open_in, place, "", "", ENOENT);
	leads(open_in, place, "run", "", EISDIR);
}

static void test_links_stay_inside(void **state)
{
	check_places(inroot_open, *state);
}

static void test_links_stay_inside_without_openat2(void **state)
{
	check_places(inroot_walk, *state);
}

static void test_last_link_is_kept_when_asked(void **state)
{
	static opener *const ways[] = { inroot_open, inroot_walk };
	const struct place *place = *state;

	for (size_t i = 0; i < 2; i++) {
		struct stat st;
		assert_int_equal(ways[i](place->root, "tofile", O_RDONLY | O_NOFOLLOW, 0), -1);
		assert_int_equal(errno, ELOOP);
		cleanup_fd int fd = ways[i](place->root, "var/run", O_PATH | O_NOFOLLOW, 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_true(S_ISLNK(st.st_mode));
		/* A new file is not made through a link that leads nowhere, when it must be new. */
		assert_int_equal(ways[i](place->root, "dangling", O_WRONLY | O_CREAT | O_EXCL, 0600), -1);
		assert_int_equal(errno, EEXIST);
		assert_int_equal(ways[i](place->root, "new/", O_WRONLY | O_CREAT, 0600), -1);
		assert_int_equal(errno, EISDIR);
	}
}

static int open_beneath(int root, const char *path, int flags, mode_t mode)
{
	(void)mode;
	return inroot_beneath(root, path, flags);
}

static int walk_beneath(int root, const char *path, int flags, mode_t mode)
{
	(void)mode;
	return inroot_walk_beneath(root, path, flags);
}

/* The kernel's resolution is the measure: a path out of random parts leads to the same inode. */
static void agree(const struct place *place, opener *kernel, opener *walk, const char *path, int flags)
{
	struct stat kernels = { 0 }, walks = { 0 };

	cleanup_fd int a = kernel(place->root, path, flags, 0);
	int code = a < 0 ? errno : 0;
	cleanup_fd int b = walk(place->root, path, flags, 0);
	int walk_code = b < 0 ? errno : 0;
	if (a >= 0)
		fstat(a, &kernels);
	if (b >= 0)
		fstat(b, &walks);
	if (kernels.st_ino != walks.st_ino || code != walk_code)
		print_error("\"%s\" %#x: kernel %d, walk %d\n", path, flags, code, walk_code);
	assert_int_equal(code, walk_code);
	assert_int_equal(kernels.st_ino, walks.st_ino);
}

static void test_the_walk_agrees_with_the_kernel(void **state)
{
	static const char *const parts[] = {
		"var", "run", "deep", "dir", "file", "up", "victim", "absolute", "loop", "short", "dangling", "above",
		"far", "slash", "tofile", "winding", "..", ".", "", "shut", "open", "pid", "secret",
	};
	enum { PARTS = COUNT(parts) };
	unsigned seed = (unsigned)time(NULL);

	if (!has_openat2())
		skip();
	print_message("seed %u\n", seed);
	srandom(seed);
	for (int round = 0; round < 20000; round++) {
		char path[256] = "";
		for (long n = random() % 6; n >= 0; n--) {
			strcat(path, random() % 4 ? "" : "/");
			strcat(path, parts[random() % PARTS]);
			strcat(path, n ? "/" : "");
		}
		int flags = O_PATH | (random() % 3 ? 0 : O_NOFOLLOW) | (random() % 4 ? 0 : O_DIRECTORY);
		agree(*state, inroot_open, inroot_walk, path, flags);
		agree(*state, open_beneath, walk_beneath, path, flags);
	}
}

static void test_beneath_no_link_is_followed_and_nothing_leads_out(void **state)
{
	static opener *const ways[] = { open_beneath, walk_beneath };

	for (size_t i = 0; i < 2; i++) {
		if (i == 0 && !has_openat2())
			continue;
		leads(ways[i], *state, "deep/dir/file", "file", 0);
		leads(ways[i], *state, "deep/dir/../../run/pid", "run", 0);
		leads(ways[i], *state, "var/run/pid", "", ELOOP);
		leads(ways[i], *state, "tofile", "", ELOOP);
		leads(ways[i], *state, "absolute/secret", "", ELOOP);
		leads(ways[i], *state, "../victim/secret", "", EXDEV);
		leads(ways[i], *state, "deep/../../victim/secret", "", EXDEV);
		leads(ways[i], *state, "/run/pid", "", EXDEV);
		leads(ways[i], *state, "", "", EISDIR);
	}
}

static void test_the_folder_of_a_name(void **state)
{
	const struct place *place = *state;
	const char *name;
	struct stat st;

	cleanup_fd int fd = inroot_parent(place->root, "/var/run/new", &name);
	assert_true(fd >= 0);
	assert_string_equal(name, "new");
	assert_int_equal(mkdirat(fd, name, 0755), 0);
	assert_int_equal(fstatat(place->root, "run/new", &st, 0), 0);
	assert_int_equal(unlinkat(fd, name, AT_REMOVEDIR), 0);
	cleanup_fd int top = inroot_parent(place->root, "name", &name);
	assert_true(top >= 0);
	assert_string_equal(name, "name");
	static const char *const nameless[] = { "/", "", ".", "..", "a/..", "a/.", "run/" };
	for (size_t i = 0; i < COUNT(nameless); i++) {
		assert_int_equal(inroot_parent(place->root, nameless[i], &name), -1);
		assert_int_equal(errno, EINVAL);
	}
}

static void test_missing_folders_are_made_inside(void **state)
{
	const struct place *place = *state;
	struct stat st;

	cleanup_fd int fd = inroot_mkdirs(place->root, "/var/run/a/../b/c", 0750);
	assert_true(fd >= 0);
	assert_int_equal(fstatat(place->root, "run/b/c", &st, AT_SYMLINK_NOFOLLOW), 0);
	cleanup_fd int again = inroot_mkdirs(place->root, "var/run/b/c/", 0750);
	assert_true(again >= 0);
	cleanup_fd int out = inroot_mkdirs(place->root, "up/new", 0755);
	assert_int_equal(out, -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(inroot_mkdirs(place->root, "dangling/x", 0755), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(inroot_mkdirs(place->root, "tofile/x", 0755), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(inroot_mkdirs(place->root, "loop/x", 0755), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(fstatat(AT_FDCWD, "victim/new", &st, 0), -1);
	cleanup_fd int top = inroot_mkdirs(place->root, "/", 0755);
	assert_true(top >= 0);
}

/* Somebody swaps a folder and a link out of the root all the time: no descriptor ever is of what
 * lies outside. */
static void race(const struct place *place, opener *open_in)
{
	struct timespec start, now;
	struct stat st, victim;
	int reached = 0;

	assert_int_equal(mkdir("root/flip", 0755), 0);
	put("root/flip/secret", "inside");
	assert_int_equal(symlink("../victim", "root/flop"), 0);
	assert_int_equal(stat("victim/secret", &victim), 0);
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			syscall(SYS_renameat2, AT_FDCWD, "root/flip", AT_FDCWD, "root/flop", 2 /* RENAME_EXCHANGE */);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		for (int i = 0; i < 200; i++) {
			cleanup_fd int fd = open_in(place->root, "flip/secret", O_PATH, 0);
			if (fd < 0)
				continue;
			reached++;
			assert_int_equal(fstat(fd, &st), 0);
			assert_int_not_equal(st.st_ino, victim.st_ino);
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < 1);
	kill(pid, 9);
	waitpid(pid, NULL, 0);
	assert_true(reached > 0);
	assert_int_equal(system("rm -r root/flip root/flop"), 0);
}

static void test_a_race_is_never_won(void **state)
{
	race(*state, inroot_open);
}

static void test_a_race_is_never_won_without_openat2(void **state)
{
	race(*state, inroot_walk);
}

static void test_no_descriptor_is_left(void **state)
{
	const struct place *place = *state;
	int before = open("/", O_PATH | O_CLOEXEC);

	close(before);
	static const char *const paths[] = { "deep/dir/far/../x", "loop", "up/x", "dangling", "tofile/x" };
	for (size_t i = 0; i < COUNT(paths); i++)
		assert_int_equal(inroot_walk(place->root, paths[i], O_RDONLY, 0), -1);
	int after = open("/", O_PATH | O_CLOEXEC);
	close(after);
	assert_int_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_links_stay_inside, build, tear_down),
		cmocka_unit_test_setup_teardown(test_links_stay_inside_without_openat2, build, tear_down),
		cmocka_unit_test_setup_teardown(test_last_link_is_kept_when_asked, build, tear_down),
		cmocka_unit_test_setup_teardown(test_the_walk_agrees_with_the_kernel, build, tear_down),
		cmocka_unit_test_setup_teardown(test_beneath_no_link_is_followed_and_nothing_leads_out, build, tear_down),
		cmocka_unit_test_setup_teardown(test_the_folder_of_a_name, build, tear_down),
		cmocka_unit_test_setup_teardown(test_missing_folders_are_made_inside, build, tear_down),
		cmocka_unit_test_setup_teardown(test_a_race_is_never_won, build, tear_down),
		cmocka_unit_test_setup_teardown(test_a_race_is_never_won_without_openat2, build, tear_down),
		cmocka_unit_test_setup_teardown(test_no_descriptor_is_left, build, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
