/* Work by a helper inside a network namespace: what it says, how it ends, and what it leaves behind. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
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

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/net/inside.h"
#include "base/text.h"

enum { PATIENCE = 20000 /* ms */ };

static const struct inside here = { -1, -1 };

static int say(void *arg, int out, int *status)
{
	*status = 7;
	return write_fd(out, arg, strlen(arg));
}

static int refuse(void *arg, int out, int *status)
{
	(void)out, (void)status;
	errno = *(int *)arg;
	return -1;
}

static int hang(void *arg, int out, int *status)
{
	(void)arg, (void)out, (void)status;
	while (pause() < 0)
		;
	return 0;
}

static int die(void *arg, int out, int *status)
{
	(void)arg, (void)out, (void)status;
	return raise(SIGKILL);
}

/* By half. */
static int lack_memory(void *arg, int out, int *status)
{
	(void)arg, (void)status;
	if (write_fd(out, "half", 4) < 0)
		return -1;
	out_of_memory();
}

static int flood(void *arg, int out, int *status)
{
	static char much[1 << 20];

	(void)arg, (void)status;
	for (int i = 0; i < 20; i++)
		if (write_fd(out, much, sizeof(much)) < 0)
			return -1;
	return 0;
}

static void test_what_a_helper_says_and_returns(void **state)
{
	cleanup_text struct text said = { 0 };
	struct inside_end end;
	char words[] = "words";
	int code = ENOSPC;

	(void)state;
	assert_int_equal(inside_call(&here, say, words, PATIENCE, &said, &end), 0);
	assert_string_equal(text_of(&said), "words");
	assert_int_equal(end.status, 7);
	assert_true(end.joined);
	assert_int_equal(inside_call(&here, say, words, PATIENCE, NULL, &end), 0);
	assert_int_equal(inside_call(&here, refuse, &code, PATIENCE, &said, &end), -1);
	assert_int_equal(errno, ENOSPC);
	assert_true(end.joined);
}

static void test_a_helper_that_does_not_end_is_ended(void **state)
{
	cleanup_text struct text said = { 0 };
	struct inside_end end;
	int64_t begun = clock_ms();

	(void)state;
	assert_int_equal(inside_call(&here, hang, NULL, 50, &said, &end), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_true(clock_ms() - begun < PATIENCE);
	assert_int_equal(inside_call(&here, die, NULL, PATIENCE, &said, &end), -1);
	assert_int_equal(errno, EINTR);
	assert_int_equal(inside_call(&here, lack_memory, NULL, PATIENCE, &said, &end), -1);
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(inside_call(&here, flood, NULL, PATIENCE, &said, &end), -1);
	assert_int_equal(errno, EFBIG);
	/* None is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_no_namespace_is_joined_through_another_file(void **state)
{
	cleanup_fd int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct inside wrong[] = { { -1, file }, { file, file } };
	struct inside_end end;
	char words[] = "words";

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		cleanup_text struct text said = { 0 };
		assert_int_equal(inside_call(&wrong[i], say, words, PATIENCE, &said, &end), -1);
		assert_int_equal(errno, EINVAL);
		assert_false(end.joined);
		assert_int_equal(said.len, 0);
	}
}

static void test_of_which_process(void **state)
{
	cleanup_fd int self = open("/proc/self", O_PATH | O_CLOEXEC), root = open("/", O_PATH | O_CLOEXEC);
	struct inside inside;

	(void)state;
	assert_int_equal(inside_open(self, &inside), 0);
	assert_true(inside.net == -1 && inside.owner == -1);
	assert_int_equal(inside_open(root, &inside), -1);
	assert_int_equal(errno, ENOENT);
	assert_true(inside.net == -1 && inside.owner == -1);
	inside_close(&inside);
}

static int count_interfaces(void *arg, int out, int *status)
{
	struct if_nameindex *all = if_nameindex();

	(void)arg, (void)out;
	while (all && all[*status].if_index)
		++*status;
	if_freenameindex(all);
	return 0;
}

/* A process in a user and network namespace of its own: there is lo, and nothing else. */
static void test_the_helper_is_inside(void **state)
{
	int ready[2];
	char byte, path[32];
	struct inside_end end;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write(ready[1], "y", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	bool made = read(ready[0], &byte, 1) == 1;
	close(ready[0]);
	snprintf(path, sizeof(path), "/proc/%d", pid);
	cleanup_fd int proc = open(path, O_PATH | O_CLOEXEC);
	cleanup_inside struct inside inside = here;
	int opened = made ? inside_open(proc, &inside) : -1;
	int called = opened < 0 ? -1 : inside_call(&inside, count_interfaces, NULL, PATIENCE, NULL, &end);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (!made) {
		print_message("unshare(2) is not allowed here\n");
		skip();
	}
	assert_int_equal(opened, 0);
	assert_true(inside.net >= 0 && inside.owner >= 0);
	assert_int_equal(called, 0);
	assert_true(end.status >= 1); /* lo, and what the kernel puts into each */
	assert_true(end.joined);
}

/* ---- programs ---- */

static void test_a_program_is_found_by_path_and_beyond(void **state)
{
	char folder[] = "/tmp/stave-inside.XXXXXX", path[64], tiny[8], place[256];
	const char *before = getenv("PATH");
	cleanup_free char *kept = before ? strdup(before) : NULL;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sh", folder);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	char list[200];
	snprintf(list, sizeof(list), ":relative:%s", folder);
	setenv("PATH", list, 1);
	/* It may not be executed: the one in the system's folders is. */
	assert_non_null(inside_program("sh", place, sizeof(place)));
	assert_string_not_equal(place, path);
	assert_int_equal(fchmod(fd, 0700), 0);
	assert_ptr_equal(inside_program("sh", place, sizeof(place)), place);
	assert_string_equal(place, path);
	unsetenv("PATH");
	assert_non_null(inside_program("sh", place, sizeof(place)));
	assert_null(inside_program("sh", tiny, 3));
	assert_int_equal(errno, ENOENT);
	assert_null(inside_program("no-such-program", place, sizeof(place)));
	assert_int_equal(errno, ENOENT);
	if (kept)
		setenv("PATH", kept, 1);
	unlink(path);
	rmdir(folder);
}

static void run(const char *script, const char *input, const char *said, int status)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	cleanup_text struct text text = { 0 };
	int ended = -1;

	assert_int_equal(inside_run(&here, "/bin/sh", argv, input, PATIENCE, &text, &ended), 0);
	assert_string_equal(text_of(&text), said);
	assert_int_equal(ended, status);
}

static void test_a_program_has_its_input_and_no_more(void **state)
{
	const char *const argv[] = { "none", NULL };
	int status;

	(void)state;
	run("cat; echo error >&2; exit 3", "line\n", "line\nerror\n", 3 << 8);
	run("cat", NULL, "", 0);
	run("kill -9 $$", NULL, "", SIGKILL);
	setenv("STAVE_SECRET", "1", 1);
	run("echo \"$LC_ALL$STAVE_SECRET\"", NULL, "C\n", 0);
	unsetenv("STAVE_SECRET");
	/* Of this process's descriptors it has none. */
	int open_here = fcntl(STDOUT_FILENO, F_DUPFD, 60);
	run("[ -e /proc/self/fd/60 ] || echo gone", NULL, "gone\n", 0);
	close(open_here);
	assert_int_equal(inside_run(&here, "/no/such", argv, NULL, PATIENCE, NULL, &status), 0);
	assert_int_equal(status, 127 << 8);
	const char *const slow[] = { "sh", "-c", "exec sleep 60", NULL };
	assert_int_equal(inside_run(&here, "/bin/sh", slow, NULL, 50, NULL, &status), -1);
	assert_int_equal(errno, ETIMEDOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_helper_says_and_returns),
		cmocka_unit_test(test_a_helper_that_does_not_end_is_ended),
		cmocka_unit_test(test_no_namespace_is_joined_through_another_file),
		cmocka_unit_test(test_of_which_process),
		cmocka_unit_test(test_the_helper_is_inside),
		cmocka_unit_test(test_a_program_is_found_by_path_and_beyond),
		cmocka_unit_test(test_a_program_has_its_input_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
