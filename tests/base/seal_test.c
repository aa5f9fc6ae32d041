/* A program run so that who reaches it as /proc/PID/exe changes nothing of its file: by the one who
 * could, the owner of the file, and as root with every capability. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/process/seal.h"

/* A copy of the program that waits, which belongs to this test. */
struct place {
	char folder[64], program[80], other[80];
	struct stat before;
};

static int build(void **state)
{
	static struct place place;
	char command[300];

	strcpy(place.folder, "/tmp/stave-seal.XXXXXX");
	assert_non_null(mkdtemp(place.folder));
	snprintf(place.program, sizeof(place.program), "%s/program", place.folder);
	snprintf(place.other, sizeof(place.other), "%s/other", place.folder);
	snprintf(command, sizeof(command), "cp \"$(command -v sleep)\" %s && : >%s", place.program,
		 place.other);
	assert_int_equal(system(command), 0);
	assert_int_equal(stat(place.program, &place.before), 0);
	*state = &place;
	return 0;
}

static int clear(void **state)
{
	struct place *place = *state;

	unlink(place->program);
	unlink(place->other);
	return rmdir(place->folder);
}

static pid_t start(int fd)
{
	char *const argv[] = { "program", "60", NULL };
	int pipe[2];
	char byte;

	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(pipe2(pipe, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, "", argv, (char *const[]){ NULL }, AT_EMPTY_PATH);
		_exit(write(pipe[1], "x", 1) < 0 ? 126 : 127);
	}
	close(pipe[1]);
	assert_int_equal(read(pipe[0], &byte, 1), 0); /* execve(2) has closed it */
	close(pipe[0]);
	close(fd);
	return pid;
}

/* Whatever may be done to a path and to the mount it is on. What succeeds reached a copy. */
static void attack(const char *exe, const char *other)
{
	enum { CLONE = 1 };
	const uint64_t writable[4] = { 0, 1 /* MOUNT_ATTR_RDONLY, cleared */ };
	const struct timespec times[2] = { { 978307200, 0 }, { 978307200, 0 } };

	syscall(SYS_mount_setattr, AT_FDCWD, exe, 0, writable, sizeof(writable));
	mount(NULL, exe, NULL, MS_REMOUNT | MS_BIND, NULL);
	if (mount(exe, other, NULL, MS_BIND, NULL) == 0)
		umount2(other, MNT_DETACH);
	int fd = open(exe, O_PATH | O_CLOEXEC);
	if (syscall(SYS_move_mount, fd, "", AT_FDCWD, other, 4 /* MOVE_MOUNT_F_EMPTY_PATH */) == 0)
		umount2(other, MNT_DETACH);
	close(fd);
	fd = (int)syscall(SYS_open_tree, AT_FDCWD, exe, CLONE | O_CLOEXEC);
	assert_true(fd < 0);
	if (chmod(exe, 04777) < 0)
		assert_int_equal(errno, EROFS);
	if (chown(exe, 1, 1) < 0)
		assert_true(errno == EROFS || errno == EPERM);
	utimensat(AT_FDCWD, exe, times, 0);
	fd = open(exe, O_WRONLY | O_CLOEXEC);
	assert_true(fd < 0);
	assert_true(truncate(exe, 0) < 0);
}

static void check_untouched(const struct place *place)
{
	struct stat now;

	assert_int_equal(stat(place->program, &now), 0);
	assert_int_equal(now.st_mode, place->before.st_mode);
	assert_int_equal(now.st_uid, place->before.st_uid);
	assert_int_equal(now.st_gid, place->before.st_gid);
	assert_int_equal(now.st_size, place->before.st_size);
	assert_memory_equal(&now.st_mtim, &place->before.st_mtim, sizeof(now.st_mtim));
	assert_memory_equal(&now.st_ctim, &place->before.st_ctim, sizeof(now.st_ctim));
}

static void try_to_change(const struct place *place, int fd)
{
	char exe[40];
	pid_t pid = start(fd);

	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	attack(exe, place->other);
	check_untouched(place);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check_untouched(place);
}

static void test_a_sealed_program(void **state)
{
	const struct place *place = *state;

	try_to_change(place, seal_program(place->program));
}

static void test_a_sealed_copy(void **state)
{
	const struct place *place = *state;

	try_to_change(place, seal_copy(place->program));
}

static void test_a_sealed_copy_ends_with_what_is_loaded(void **state)
{
	const struct place *place = *state;
	char command[200];
	struct stat st;

	/* As much as a debugger may want. */
	snprintf(command, sizeof(command), "head -c 2000000 /dev/zero >>%s", place->program);
	assert_int_equal(system(command), 0);
	int fd = seal_copy(place->program);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_size <= place->before.st_size);
	pid_t pid = start(fd);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(truncate(place->program, place->before.st_size), 0);
	/* What is no program is copied whole. */
	snprintf(command, sizeof(command), "head -c 5000 /dev/zero >%s", place->other);
	assert_int_equal(system(command), 0);
	fd = seal_copy(place->other);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 5000);
	close(fd);
}

static void test_it_is_no_copy_where_the_kernel_can(void **state)
{
	const struct place *place = *state;
	struct stat st;
	int fd = seal_program(place->program), seals = fcntl(fd, F_GET_SEALS);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	if (seals >= 0) {
		close(fd);
		skip(); /* neither open_tree(2) with mount_setattr(2) nor a user namespace to have them in */
	}
	assert_int_equal(st.st_ino, place->before.st_ino);
	assert_int_equal(st.st_dev, place->before.st_dev);
	close(fd);
}

static void test_what_is_not_there_is_not_sealed(void **state)
{
	(void)state;
	assert_int_equal(seal_program("/nowhere/at/all"), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sealed_program),
		cmocka_unit_test(test_a_sealed_copy),
		cmocka_unit_test(test_a_sealed_copy_ends_with_what_is_loaded),
		cmocka_unit_test(test_it_is_no_copy_where_the_kernel_can),
		cmocka_unit_test(test_what_is_not_there_is_not_sealed),
	};

	return cmocka_run_group_tests(tests, build, clear);
}
