/* The janitor: parent of every child, it ends what they leave behind, and cleans up and restores
 * the terminal when the shell is killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/fd.h"
#include "child/child.h"
#include "session/host/janitor.h"
#include "session/host/journal.h"
#include "session/host/orphans.h"

static struct child *start(struct janitor *janitor)
{
	static uint32_t started;
	struct op clone = op_new(OP_clone);
	struct op_outcome outcome;
	struct error err;
	struct child *child = janitor_start(janitor, ++started, &clone, &outcome, &err);

	assert_non_null(child);
	assert_int_equal(outcome.code, 0);
	return child;
}

/* A program of the child's that a signal at its group does not reach, and its pidfd. */
static int start_stray(struct child *child)
{
	static const char *const argv[] = { "/bin/sh", "-c", "setsid sleep 300 & exec sleep 300", NULL };
	struct planned one = { .op = op_new(OP_spawn) };
	struct op_outcome outcome;
	struct error err;

	one.op.spawn.argv = argv;
	assert_int_equal(child_do(child, &one, 1, &outcome, &err), 1);
	assert_int_equal(outcome.code, 0);
	return outcome.fds[0];
}

static bool ends(int pidfd, int milliseconds)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	return poll(&end, 1, milliseconds) == 1;
}

static struct janitor *begin(int terminal)
{
	struct error err;
	struct janitor *janitor = janitor_new(terminal, "/tmp", NULL, &err);

	assert_non_null(janitor);
	return janitor;
}

static void test_children_are_its_own(void **state)
{
	struct janitor *janitor = begin(-1);
	struct child *child = start(janitor);
	char path[64], stat[512] = "";
	int parent;

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/stat", child->pid);
	FILE *file = fopen(path, "r");
	assert_non_null(fgets(stat, sizeof(stat), file));
	fclose(file);
	assert_int_equal(sscanf(strrchr(stat, ')') + 1, " %*c %d", &parent), 1);
	assert_int_equal(parent, janitor_pid(janitor));
	assert_true(janitor_lives(janitor));
	janitor_end(janitor, child->number);
	assert_int_equal(kill(child->first, 0), -1);
	child_free(child);
	janitor_free(janitor);
}

static void test_ending_a_child_ends_its_orphans_and_no_other_child(void **state)
{
	struct janitor *janitor = begin(-1);
	struct child *one = start(janitor), *two = start(janitor);
	cleanup_fd int stray = start_stray(one), other = start_stray(two);

	(void)state;
	janitor_end(janitor, one->number);
	assert_true(ends(stray, 0));
	assert_false(ends(other, 0));
	assert_false(ends(two->pidfd, 0));
	janitor_end(janitor, two->number);
	assert_true(ends(other, 0));
	child_free(one);
	child_free(two);
	janitor_free(janitor);
}

static void test_how_a_child_ended_is_told(void **state)
{
	struct janitor *janitor = begin(-1);
	struct child *one = start(janitor), *two = start(janitor);
	struct ended ended;

	(void)state;
	kill(one->pid, SIGKILL);
	assert_int_equal(janitor_wait(janitor, one->number, 5000, &ended), 0);
	assert_true(WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGKILL);
	uint32_t second = two->number;
	child_free(one);
	child_free(two); /* the end of the conversation */
	assert_int_equal(janitor_wait(janitor, second, 5000, &ended), 0);
	assert_true(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 0);
	janitor_free(janitor);
}

/* Have the next process of this pid namespace get this pid. proc_sys_kernel(5) */
static int next_pid_is(pid_t pid)
{
	char number[12];

	snprintf(number, sizeof(number), "%d", pid - 1);
	return write_control(AT_FDCWD, "/proc/sys/kernel/ns_last_pid", number);
}

/* In a pid namespace of its own: 0 when all is as it should be. */
static int outlive_a_recycled_pid(void)
{
	struct janitor *janitor = begin(-1);
	struct child *one = start(janitor);
	struct ended ended = { .status = -1 };

	kill(one->first, SIGKILL);
	if (!ends(one->pidfd, 2000))
		return 1;
	while (kill(one->first, 0) == 0)
		usleep(1000);
	if (next_pid_is(one->first) < 0)
		return 77;
	struct child *two = start(janitor);
	if (two->first != one->first)
		return 2;
	janitor_end(janitor, one->number); /* which has ended, and is not two */
	if (ends(two->pidfd, 0))
		return 3;
	uint32_t second = two->number;
	child_free(one);
	child_free(two);
	if (janitor_wait(janitor, second, 5000, &ended) < 0 || !WIFEXITED(ended.status))
		return 4;
	janitor_free(janitor);
	return 0;
}

static void test_a_recycled_pid_has_neither_the_end_nor_the_status_of_who_had_it(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
			_exit(77);
		pid_t init = fork();
		if (init == 0)
			_exit(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
			      mount("proc", "/proc", "proc", 0, NULL) < 0 ? 5 : outlive_a_recycled_pid());
		waitpid(init, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 6);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip(); /* only root makes a pid namespace, and its processes' pids */
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_it_ends_all_when_it_takes_its_leave(void **state)
{
	struct janitor *janitor = begin(-1);
	struct child *child = start(janitor);
	cleanup_fd int stray = start_stray(child);

	(void)state;
	janitor_free(janitor);
	assert_true(ends(stray, 0));
	assert_true(ends(child->pidfd, 0));
	child_free(child);
}

/* Let a process of its own have a janitor, do something with it, and be killed. scene gets the
 * end of a pipe to write what the test needs to know. */
static void kill_a_shell(void (*scene)(struct janitor *janitor, int report), int terminal,
			 void *ret, size_t size)
{
	int pipes[2];

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid_t shell = fork();
	if (shell == 0) {
		scene(begin(terminal), pipes[1]);
		for (;;)
			pause();
	}
	assert_int_equal(read(pipes[0], ret, size), size);
	kill(shell, SIGKILL);
	waitpid(shell, NULL, 0);
	close(pipes[0]);
	close(pipes[1]);
}

static void report(int fd, const void *bytes, size_t size)
{
	if (write(fd, bytes, size) != (ssize_t)size)
		_exit(1);
}

static void leave_a_stray(struct janitor *janitor, int to)
{
	struct child *child = start(janitor);
	pid_t pids[] = { janitor_pid(janitor), child->pid };

	start_stray(child);
	report(to, pids, sizeof(pids));
}

/* Processes that have come to this one, its subreaper, since the others went. */
static void assert_nothing_left(void)
{
	for (int tries = 0; tries < 200; tries++) {
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return;
		usleep(10000);
	}
	orphans_end(NULL, 0);
	assert_true(false);
}

static void test_a_killed_shell_leaves_no_process(void **state)
{
	pid_t pids[2];

	(void)state;
	kill_a_shell(leave_a_stray, -1, pids, sizeof(pids));
	assert_nothing_left();
	assert_int_equal(kill(pids[0], 0), -1);
	assert_int_equal(kill(pids[1], 0), -1);
}

static char folder[] = "/tmp/stave-test.XXXXXX";

static void make_a_folder(struct janitor *janitor, int to, bool clear)
{
	char path[64];
	struct undo undo = { .kind = UNDO_RMDIR, .path = path, .parent = -1 };
	struct error err;
	struct stat st;
	struct journal *journal = journal_new(folder, "test", &err);

	snprintf(path, sizeof(path), "%s/made", folder);
	janitor_journal(janitor, journal_path(journal));
	int number = journal_make(journal, &undo, &err);
	if (mkdir(path, 0700) < 0 || stat(path, &st) < 0)
		_exit(1);
	undo.device = st.st_dev;
	undo.inode = st.st_ino;
	journal_made(journal, number, &undo);
	journal_flush(journal);
	if (clear)
		unlink(journal_path(journal));
	report(to, &number, sizeof(number));
}

static void make_a_folder_and_stay(struct janitor *janitor, int to)
{
	make_a_folder(janitor, to, false);
}

static void make_a_folder_and_clear_up(struct janitor *janitor, int to)
{
	make_a_folder(janitor, to, true);
}

static void test_a_killed_shells_journal_is_recovered(void **state)
{
	int number;

	(void)state;
	assert_non_null(mkdtemp(folder));
	kill_a_shell(make_a_folder_and_stay, -1, &number, sizeof(number));
	assert_nothing_left();
	/* Made and journal are both gone: the folder is empty. */
	assert_int_equal(rmdir(folder), 0);
}

/* As when a login ends and takes its runtime folder with it, or a test its scratch. */
static void test_a_journal_is_recovered_whose_name_is_gone(void **state)
{
	int number;

	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	kill_a_shell(make_a_folder_and_clear_up, -1, &number, sizeof(number));
	assert_nothing_left();
	assert_int_equal(rmdir(folder), 0);
}

static int terminal;

static void turn_raw(struct janitor *janitor, int to)
{
	struct termios modes;

	(void)janitor;
	/* Once it has answered, it has seen the modes as they were. */
	child_free(start(janitor));
	tcgetattr(terminal, &modes);
	cfmakeraw(&modes);
	tcsetattr(terminal, TCSANOW, &modes);
	report(to, &modes, 1);
}

static void test_a_killed_shells_terminal_is_restored(void **state)
{
	cleanup_fd int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios before, after;
	char byte;

	(void)state;
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		skip();
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal >= 0);
	assert_int_equal(tcgetattr(terminal, &before), 0);
	assert_true(before.c_lflag & ICANON);
	kill_a_shell(turn_raw, terminal, &byte, 1);
	assert_nothing_left();
	assert_int_equal(tcgetattr(terminal, &after), 0);
	assert_int_equal(after.c_lflag, before.c_lflag);
	assert_int_equal(after.c_iflag, before.c_iflag);
	assert_int_equal(after.c_oflag, before.c_oflag);
	close(terminal);
}

static void test_a_killed_janitor_is_noticed_and_its_children_die(void **state)
{
	struct janitor *janitor = begin(-1);
	struct child *child = start(janitor);
	cleanup_fd int stray = start_stray(child);
	struct op clone = op_new(OP_clone);
	struct op_outcome outcome;
	struct error err;
	struct ended ended;

	(void)state;
	kill(janitor_pid(janitor), SIGKILL);
	assert_true(ends(child->pidfd, 2000));
	assert_false(janitor_lives(janitor));
	assert_null(janitor_start(janitor, 1000, &clone, &outcome, &err));
	assert_true(err.what[0] && err.fix[0]);
	assert_int_equal(janitor_wait(janitor, child->number, 5000, &ended), -1);
	janitor_end(janitor, child->number);
	janitor_free(janitor);
	/* Those without a parent have come to the shell. */
	orphans_end(NULL, 0);
	assert_true(ends(stray, 0));
	child_free(child);
}

static void test_orphans_end_but_those_that_are_spared(void **state)
{
	pid_t spared = fork();

	(void)state;
	if (spared == 0)
		for (;;)
			pause();
	pid_t deaf = fork();
	if (deaf == 0) {
		signal(SIGTERM, SIG_IGN);
		if (fork() == 0)
			setsid();
		for (;;)
			pause();
	}
	orphans_end(&spared, 1);
	assert_int_equal(kill(deaf, 0), -1);
	assert_int_equal(kill(spared, 0), 0);
	orphans_end(NULL, 0);
	assert_int_equal(kill(spared, 0), -1);
}

/* One that is spared and has ended stands before the others wherever all are asked for. */
static void test_orphans_end_behind_a_spared_one_that_has_ended(void **state)
{
	siginfo_t info;
	pid_t spared = fork();

	(void)state;
	if (spared == 0)
		_exit(0);
	waitid(P_PID, (id_t)spared, &info, WEXITED | WNOWAIT);
	pid_t other = fork();
	if (other == 0)
		for (;;)
			pause();
	orphans_end(&spared, 1);
	assert_int_equal(kill(other, 0), -1);
	assert_int_equal(waitpid(spared, NULL, 0), spared);
}

static int become_a_subreaper(void **state)
{
	(void)state;
	return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children_are_its_own),
		cmocka_unit_test(test_ending_a_child_ends_its_orphans_and_no_other_child),
		cmocka_unit_test(test_how_a_child_ended_is_told),
		cmocka_unit_test(test_a_recycled_pid_has_neither_the_end_nor_the_status_of_who_had_it),
		cmocka_unit_test(test_it_ends_all_when_it_takes_its_leave),
		cmocka_unit_test(test_a_killed_shell_leaves_no_process),
		cmocka_unit_test(test_a_killed_shells_journal_is_recovered),
		cmocka_unit_test(test_a_journal_is_recovered_whose_name_is_gone),
		cmocka_unit_test(test_a_killed_shells_terminal_is_restored),
		cmocka_unit_test(test_a_killed_janitor_is_noticed_and_its_children_die),
		cmocka_unit_test(test_orphans_end_but_those_that_are_spared),
		cmocka_unit_test(test_orphans_end_behind_a_spared_one_that_has_ended),
	};

	return cmocka_run_group_tests(tests, become_a_subreaper, NULL);
}
