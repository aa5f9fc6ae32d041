/* Waiting for descriptors, locks and processes, and reading and writing where a call does less than was asked
 * for; also where the kernel lacks pidfd_open(2) and close_range(2). */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/await.h"
#include "base/fd.h"
#include "base/text.h"

static bool interrupted(void)
{
	return true;
}

static pid_t start(unsigned ms, int code)
{
	pid_t pid = fork();

	if (pid == 0) {
		usleep(ms * 1000);
		_exit(code);
	}
	assert_true(pid > 0);
	return pid;
}

static void test_reading_waits_and_has_a_limit(void **state)
{
	cleanup_text struct text said = { 0 }, much = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	pid_t pid = fork();
	if (pid == 0) {
		usleep(50000);
		_exit(write_fd(ends[1], "late", 4) < 0);
	}
	close(ends[1]);
	assert_int_equal(read_fd(ends[0], 100, &said), 0);
	assert_string_equal(text_of(&said), "late");
	close(ends[0]);
	waitpid(pid, NULL, 0);
	assert_int_equal(read_file(AT_FDCWD, "/dev/zero", 10000, &much), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(read_file(AT_FDCWD, "/no/such", 10, &much), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(read_file(AT_FDCWD, "/", 10, &much), -1);
	assert_int_equal(errno, EISDIR);
}

/* write(2) of a control is one call: part of a value is none. */
static int write_part_of(const char *path)
{
	const struct rlimit limit = { 3, 3 };

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return 9;
	int wrong = write_control(AT_FDCWD, path, "abcdef") == 0 || errno != EIO;
	wrong |= (write_control(AT_FDCWD, path, "abc") != 0) << 1;
	cleanup_fd int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	wrong |= (write_fd(fd, "abc", 3) == 0 || errno != EFBIG) << 2;
	return wrong;
}

static void test_part_of_a_value_is_none(void **state)
{
	char path[] = "/tmp/stave-waiting.XXXXXX";
	int status;

	(void)state;
	close(mkostemp(path, O_CLOEXEC));
	pid_t pid = fork();
	if (pid == 0)
		_exit(write_part_of(path));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(path);
	assert_int_equal(status, 0);
	assert_int_equal(write_control(AT_FDCWD, path, "x"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(write_control(AT_FDCWD, "/dev/full", "x"), -1);
	assert_int_equal(errno, ENOSPC);
}

static void test_a_descriptor_is_waited_for(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(await_readable(ends[0], await_until(20)), -1);
	assert_int_equal(errno, ETIMEDOUT);
	await_heed(interrupted);
	int64_t begun = clock_ms();
	assert_int_equal(await_readable(ends[0], AWAIT_FOREVER), -1);
	assert_int_equal(errno, EINTR);
	assert_true(clock_ms() - begun >= 500); /* what is under way has a while */
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(await_readable(ends[0], AWAIT_FOREVER), 0);
	await_heed(NULL);
	/* What is there counts, even where the time is over. */
	assert_int_equal(await_readable(ends[0], clock_ms() - 5), 0);
	assert_true(await_until(-1) == AWAIT_FOREVER);
	close(ends[0]);
	close(ends[1]);
}

static void test_a_lock_is_waited_for(void **state)
{
	char path[] = "/tmp/stave-waiting.XXXXXX";

	(void)state;
	cleanup_fd int held = mkostemp(path, O_CLOEXEC), fd = open(path, O_RDWR | O_CLOEXEC);
	unlink(path);
	assert_int_equal(await_lock(held, LOCK_EX, 20), 0);
	assert_int_equal(await_lock(fd, LOCK_SH, 30), -1);
	assert_int_equal(errno, ETIMEDOUT);
	await_heed(interrupted);
	assert_int_equal(await_lock(fd, LOCK_SH, -1), -1);
	assert_int_equal(errno, EINTR);
	await_heed(NULL);
	assert_int_equal(flock(held, LOCK_UN), 0);
	assert_int_equal(await_lock(fd, LOCK_SH, 0), 0);
	assert_int_equal(await_lock(-1, LOCK_SH, 20), -1);
	assert_int_equal(errno, EBADF);
}

/* The ends of processes: 0 when all is as it should be. Without a pidfd too, so it says so by a number. */
static int wait_for_ends(void)
{
	int status = -1;

	if (await_exit(start(30, 7), -1, &status) < 0 || WEXITSTATUS(status) != 7)
		return 1;
	if (await_exit(start(60000, 7), 30, &status) == 0 || errno != ETIMEDOUT || !WIFSIGNALED(status))
		return 2;
	await_heed(interrupted);
	if (await_exit(start(60000, 7), -1, &status) == 0 || errno != EINTR || !WIFSIGNALED(status))
		return 3;
	await_heed(NULL);
	pid_t gone = start(0, 0);
	waitpid(gone, NULL, 0);
	return await_exit(gone, 30, &status) == 0 || errno != ECHILD ? 4 : 0;
}

static void test_a_process_is_waited_for_or_ended(void **state)
{
	(void)state;
	assert_int_equal(wait_for_ends(), 0);
}

/* Of a group whose leader ends, and of one whose leader does not, a second process is gone with it. */
static void test_a_group_ends_with_its_leader(void **state)
{
	const int naps[] = { 0, 60000 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int ends[2], status;
		char byte;
		assert_int_equal(pipe(ends), 0);
		pid_t leader = fork();
		if (leader == 0) {
			setpgid(0, 0);
			if (fork() == 0)
				for (;;)
					pause();
			usleep((useconds_t)naps[i] * 1000);
			_exit(0);
		}
		close(ends[1]);
		assert_int_equal(await_group(leader, naps[i] ? 300 : 60000, &status), naps[i] ? -1 : 0);
		assert_int_equal(await_readable(ends[0], await_until(5000)), 0);
		assert_int_equal(read(ends[0], &byte, 1), 0);
		close(ends[0]);
	}
}

/* Descriptors from 70 on are closed, or closed by execve(2), and 69 is not. */
static int close_some(void)
{
	int some[] = { 69, 70, 75 };

	for (size_t i = 0; i < 3; i++)
		if (fcntl(STDIN_FILENO, F_DUPFD, some[i]) != some[i])
			return 10;
	cloexec_from(70);
	if (fcntl(69, F_GETFD) != 0 || fcntl(70, F_GETFD) != FD_CLOEXEC || fcntl(75, F_GETFD) != FD_CLOEXEC)
		return 11;
	close_from(70);
	return fcntl(69, F_GETFD) != 0 || fcntl(70, F_GETFD) != -1 || fcntl(75, F_GETFD) != -1 ? 12 : 0;
}

static int in_another(int (*work)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(work());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_descriptors_are_closed_from_one_on(void **state)
{
	(void)state;
	assert_int_equal(in_another(close_some), 0);
}

static int as_an_old_kernel(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	/* By number: libseccomp of old does not know their names. 434, 436 on all architectures. */
	if (!filter || seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), 434, 0) < 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), 436, 0) < 0 || seccomp_load(filter) < 0)
		return 77;
	int wrong = close_some();
	return wrong ? wrong : wait_for_ends();
}

static void test_the_same_on_an_old_kernel(void **state)
{
	(void)state;
	int ended = in_another(as_an_old_kernel);
	if (ended == 77) {
		print_message("no filter can be loaded here\n");
		skip();
	}
	assert_int_equal(ended, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading_waits_and_has_a_limit),
		cmocka_unit_test(test_part_of_a_value_is_none),
		cmocka_unit_test(test_a_descriptor_is_waited_for),
		cmocka_unit_test(test_a_lock_is_waited_for),
		cmocka_unit_test(test_a_process_is_waited_for_or_ended),
		cmocka_unit_test(test_a_group_ends_with_its_leader),
		cmocka_unit_test(test_descriptors_are_closed_from_one_on),
		cmocka_unit_test(test_the_same_on_an_old_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
