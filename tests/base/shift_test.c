/* Copies of trees whose owners have other numbers. As an ordinary user the numbers stay what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/await.h"
#include "base/fd.h"
#include "base/file/remove.h"
#include "base/file/shift.h"

enum { DEPTH = 3000, FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

struct folders {
	char path[64];
	int from, to;
};

static void begin(struct folders *ret)
{
	strcpy(ret->path, "/tmp/stave-shift.XXXXXX");
	assert_non_null(mkdtemp(ret->path));
	int top = open(ret->path, FLAGS);
	assert_int_equal(mkdirat(top, "from", 0755) | mkdirat(top, "to", 0700), 0);
	ret->from = openat(top, "from", FLAGS);
	ret->to = openat(top, "to", FLAGS);
	close(top);
}

static void end(struct folders *folders)
{
	close(folders->from);
	close(folders->to);
	assert_int_equal(remove_tree(AT_FDCWD, folders->path), 0);
}

static struct shift shift_of_mine(void)
{
	unsigned long first = geteuid() == 0 ? 1000000 : 0;

	return (struct shift){ first, first, geteuid() == 0 ? 65536 : UINT32_MAX };
}

static void make(int at, const char *name, const char *text, mode_t mode)
{
	cleanup_fd int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_int_equal(write_fd(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void test_what_a_file_is(void **state)
{
	const struct shift shift = shift_of_mine();
	struct shifted counts = { 0 };
	const struct timespec times[] = { { .tv_sec = 5 }, { .tv_sec = 7, .tv_nsec = 9 } };
	struct folders at;
	struct stat st;

	(void)state;
	begin(&at);
	make(at.from, "setuid", "text", 04755);
	assert_int_equal(mkdirat(at.from, "closed", 0555), 0);
	assert_int_equal(symlinkat("nowhere", at.from, "link"), 0);
	assert_int_equal(mkfifoat(at.from, "pipe", 0640), 0);
	utimensat(at.from, "setuid", times, 0);
	utimensat(at.from, "closed", times, 0);
	utimensat(at.from, "link", times, AT_SYMLINK_NOFOLLOW);
	assert_int_equal(shift_tree(at.from, at.to, &shift, &counts), 0);
	assert_int_equal(counts.entries, 4);
	assert_int_equal(counts.bytes, 4);
	static const struct { const char *name; mode_t mode; } expected[] = {
		{ "setuid", S_IFREG | 04755 }, { "closed", S_IFDIR | 0555 }, { "link", S_IFLNK | 0777 },
	};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(fstatat(at.to, expected[i].name, &st, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(st.st_mode, expected[i].mode);
		assert_int_equal(st.st_uid, shift.uid + geteuid());
		assert_int_equal(st.st_gid, shift.gid + getegid());
		assert_int_equal(st.st_mtim.tv_sec, 7);
		assert_int_equal(st.st_mtim.tv_nsec, 9);
	}
	assert_int_equal(fstatat(at.to, "pipe", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFIFO | 0640);
	/* The folder itself. */
	assert_int_equal(fstat(at.to, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	end(&at);
}

static void test_names_and_holes(void **state)
{
	const struct shift shift = shift_of_mine();
	struct shifted counts = { 0 };
	struct folders at;
	struct stat first, second;

	(void)state;
	begin(&at);
	make(at.from, "one", "text", 0644);
	mkdirat(at.from, "below", 0755);
	assert_int_equal(linkat(at.from, "one", at.from, "below/two", 0), 0);
	make(at.from, "sparse", "", 0644);
	cleanup_fd int sparse = openat(at.from, "sparse", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(sparse, 1 << 24), 0);
	assert_int_equal(pwrite(sparse, "x", 1, 1 << 23), 1);
	assert_int_equal(shift_tree(at.from, at.to, &shift, &counts), 0);
	fstatat(at.to, "one", &first, 0);
	assert_int_equal(fstatat(at.to, "below/two", &second, 0), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	assert_int_equal(first.st_nlink, 2);
	assert_int_equal(fstatat(at.to, "sparse", &first, 0), 0);
	assert_int_equal(first.st_size, 1 << 24);
	cleanup_fd int copy = openat(at.to, "sparse", O_RDONLY | O_CLOEXEC);
	char byte = 0;
	assert_int_equal(pread(copy, &byte, 1, 1 << 23), 1);
	assert_int_equal(byte, 'x');
	fstat(sparse, &second);
	assert_in_range(first.st_blocks, 0, second.st_blocks + 16);
	end(&at);
}

/* Deeper than a path may be long, and than a process may have descriptors. */
static void test_deep(void **state)
{
	const struct shift shift = shift_of_mine();
	struct shifted counts = { 0 };
	struct folders at;

	(void)state;
	begin(&at);
	int fd = dup(at.from);
	for (int i = 0; i < DEPTH; i++) {
		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		int next = openat(fd, "d", FLAGS);
		close(fd);
		fd = next;
	}
	make(fd, "f", "text", 0644);
	assert_int_equal(linkat(fd, "f", at.from, "up", 0) | linkat(fd, "f", fd, "g", 0), 0);
	close(fd);
	assert_int_equal(shift_tree(at.from, at.to, &shift, &counts), 0);
	assert_int_equal(counts.entries, DEPTH + 3);
	end(&at);
}

static void test_attributes(void **state)
{
	const struct shift shift = shift_of_mine();
	struct shifted counts = { 0 };
	struct folders at;
	/* A version, then user 5 may read: acl(5). */
	static const unsigned char acl[] = {
		2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 5, 0, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255,
		16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255,
	}, capability[] = { 1, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	unsigned char found[64];

	(void)state;
	begin(&at);
	make(at.from, "f", "text", 0640);
	cleanup_fd int from = openat(at.from, "f", O_RDONLY | O_CLOEXEC);
	bool user = fsetxattr(from, "user.stave", "1", 1, 0) == 0;
	bool list = fsetxattr(from, "system.posix_acl_access", acl, sizeof(acl), 0) == 0;
	bool cap = fsetxattr(from, "security.capability", capability, sizeof(capability), 0) == 0;
	assert_int_equal(shift_tree(at.from, at.to, &shift, &counts), 0);
	cleanup_fd int to = openat(at.to, "f", O_RDONLY | O_CLOEXEC);
	if (user)
		assert_int_equal(fgetxattr(to, "user.stave", found, sizeof(found)), 1);
	if (list) {
		uint32_t id;
		assert_int_equal(fgetxattr(to, "system.posix_acl_access", found, sizeof(found)), sizeof(acl));
		memcpy(&id, found + 16, sizeof(id));
		assert_int_equal(id, shift.uid + 5);
	}
	if (cap) {
		uint32_t root;
		assert_int_equal(fgetxattr(to, "security.capability", found, sizeof(found)), 24);
		memcpy(&root, found + 20, sizeof(root));
		assert_int_equal(root, shift.uid);
	}
	end(&at);
}

static bool always(void)
{
	return true;
}

static void test_interrupted(void **state)
{
	const struct shift shift = shift_of_mine();
	struct shifted counts = { 0 };
	struct folders at;

	(void)state;
	begin(&at);
	make(at.from, "f", "text", 0644);
	await_heed(always);
	assert_int_equal(shift_tree(at.from, at.to, &shift, &counts), -1);
	assert_int_equal(errno, EINTR);
	await_heed(NULL);
	end(&at);
}

static void test_who_has_no_number(void **state)
{
	const struct shift shift = { 1000000, 1000000, 65536 };
	struct shifted counts = { 0 };
	struct folders at;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	begin(&at);
	make(at.from, "f", "text", 0644);
	/* Else it would be the container's own. */
	assert_int_equal(fchownat(at.from, "f", 1000000, 65535, 0), 0);
	assert_int_equal(shift_tree(at.from, at.to, &shift, &counts), 0);
	fstatat(at.to, "f", &st, 0);
	assert_int_equal(st.st_uid, SHIFT_NOBODY);
	assert_int_equal(st.st_gid, 1065535);
	end(&at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_file_is),
		cmocka_unit_test(test_names_and_holes),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_who_has_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
