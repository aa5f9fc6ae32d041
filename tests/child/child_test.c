/* Talking to a forked child: batches, failures, successors, programs that end, a child that is
 * gone, stopped or speaks nonsense. */
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/fd.h"
#include "child/child.h"
#include "child/talk.h"

static struct child *start(void)
{
	struct error err;
	int ends[2];

	assert_int_equal(child_pair(ends, &err), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		close(ends[0]);
		child_main(ends[1]);
	}
	close(ends[1]);
	return child_new(ends[0], pid, (int)syscall(SYS_pidfd_open, pid, 0));
}

/* Let it go: the end of the conversation ends it. Returns what wait(2) said. */
static int finish(struct child *child)
{
	pid_t first = child->first;
	int status = -1;

	child_free(child);
	assert_int_equal(waitpid(first, &status, 0), first);
	return status;
}

static int setup(void **state)
{
	*state = start();
	return 0;
}

static int teardown(void **state)
{
	finish(*state);
	return 0;
}

static struct planned planned(enum op_kind kind)
{
	return (struct planned){ .op = op_new(kind) };
}

static struct planned plan_chdir(const char *path)
{
	struct planned ret = planned(OP_chdir);

	ret.op.chdir.path = path;
	return ret;
}

static struct planned plan_spawn(const char *const *argv)
{
	struct planned ret = planned(OP_spawn);

	ret.op.spawn.argv = argv;
	return ret;
}

/* Do one op; returns its errno, 0 for success. */
static int do_one(struct child *child, struct planned one, struct op_outcome *outcome)
{
	struct error err;

	assert_int_equal(child_do(child, &one, 1, outcome, &err), 1);
	return outcome->code;
}

static void assert_cwd(pid_t pid, const char *path)
{
	char link[64], cwd[4096];

	snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	ssize_t n = readlink(link, cwd, sizeof(cwd) - 1);
	assert_true(n > 0);
	cwd[n] = '\0';
	assert_string_equal(cwd, path);
}

static void test_a_batch_is_done_in_order(void **state)
{
	const struct planned ops[] = { plan_chdir("/proc"), plan_chdir("/"), plan_chdir("tmp") };
	struct child *child = *state;
	struct op_outcome outcomes[3];
	struct error err;

	assert_int_equal(child_do(child, ops, 3, outcomes, &err), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(outcomes[i].code, 0);
		for (size_t fd = 0; fd < OP_FDS; fd++)
			assert_int_equal(outcomes[i].fds[fd], -1);
	}
	assert_cwd(child->pid, "/tmp");
}

static void test_the_first_failure_stops(void **state)
{
	const struct planned ops[] = { plan_chdir("/"), plan_chdir("/nowhere/at/all"),
				       plan_chdir("/tmp") };
	struct child *child = *state;
	struct op_outcome outcomes[3];
	struct error err;

	assert_int_equal(child_do(child, ops, 3, outcomes, &err), 2);
	assert_int_equal(outcomes[0].code, 0);
	assert_int_equal(outcomes[1].code, ENOENT);
	assert_cwd(child->pid, "/");
	/* And it is there for the next. */
	assert_int_equal(do_one(child, plan_chdir("/tmp"), outcomes), 0);
}

static void test_what_may_fail_does_not_stop(void **state)
{
	char folder[] = "/tmp/stave-test.XXXXXX";
	struct planned ops[3] = { planned(OP_mkdir), plan_chdir("/nowhere/at/all"),
				  plan_chdir("/tmp") };
	struct child *child = *state;
	struct op_outcome outcomes[3];
	struct error err;

	assert_non_null(mkdtemp(folder));
	ops[0].op.mkdir.path = folder;
	ops[0].op.mkdir.mode = 0755;
	ops[0].flags = PLAN_MAY_EXIST;
	ops[1].flags = PLAN_MAY_FAIL;
	assert_int_equal(child_do(child, ops, 3, outcomes, &err), 3);
	assert_int_equal(outcomes[0].code, EEXIST);
	assert_int_equal(outcomes[1].code, ENOENT);
	assert_int_equal(outcomes[2].code, 0);
	assert_cwd(child->pid, "/tmp");
	/* That something exists is the only failure that PLAN_MAY_EXIST allows. */
	ops[0].op.mkdir.path = "/nowhere/at/all";
	assert_int_equal(child_do(child, ops, 3, outcomes, &err), 1);
	assert_int_equal(outcomes[0].code, ENOENT);
	rmdir(folder);
}

static void test_more_than_a_packet(void **state)
{
	enum { MANY = 700 };
	static struct planned ops[MANY];
	static struct op_outcome outcomes[MANY];
	struct child *child = *state;
	struct error err;

	for (size_t i = 0; i < MANY; i++)
		ops[i] = plan_chdir(i % 2 ? "/" : "/tmp");
	ops[MANY - 1] = plan_chdir("/proc");
	assert_int_equal(child_do(child, ops, MANY, outcomes, &err), MANY);
	assert_cwd(child->pid, "/proc");
	ops[600] = plan_chdir("/nowhere/at/all");
	assert_int_equal(child_do(child, ops, MANY, outcomes, &err), 601);
	assert_int_equal(outcomes[600].code, ENOENT);
}

/* More than a message holds reaches the kernel, which has its own opinion of it; what comes after it
 * goes on by message. */
static void test_an_op_that_no_message_holds(void **state)
{
	struct child *child = *state;
	struct op_outcome outcome;
	char *path = malloc(WIRE_BYTES + 10);

	memset(path, '/', WIRE_BYTES + 9);
	path[WIRE_BYTES + 9] = '\0';
	assert_int_equal(do_one(child, plan_chdir(path), &outcome), ENAMETOOLONG);
	assert_int_equal(do_one(child, plan_chdir("/"), &outcome), 0);
	free(path);
}

static void test_too_long_is_told(void **state)
{
	struct child *child = *state;
	struct op_outcome outcome;
	struct error err;
	char *path = malloc(WIRE_LONG + 10);

	memset(path, 'x', WIRE_LONG + 9);
	path[WIRE_LONG + 9] = '\0';
	struct planned one = plan_chdir(path);
	assert_int_equal(child_do(child, &one, 1, &outcome, &err), -1);
	assert_int_equal(err.code, E2BIG);
	free(path);
	assert_int_equal(do_one(child, plan_chdir("/"), &outcome), 0);
}

static void test_a_successor_answers_under_its_own_pid(void **state)
{
	const struct planned ops[] = { planned(OP_fork), plan_chdir("/proc") };
	struct child *child = *state;
	struct op_outcome outcomes[2];
	struct error err;
	pid_t first = child->pid;

	for (int round = 0; round < 3; round++) {
		pid_t before = child->pid;
		assert_int_equal(child_do(child, ops, 2, outcomes, &err), 2);
		assert_int_equal(outcomes[0].code, 0);
		assert_int_not_equal(child->pid, before);
		assert_int_equal(child->first, first);
		assert_cwd(child->pid, "/proc");
		struct pollfd ended = { .fd = child->pidfd, .events = POLLIN };
		assert_int_equal(poll(&ended, 1, 0), 0);
	}
}

static void test_all_end_with_the_successor(void **state)
{
	struct child *child = *state;
	struct op_outcome outcome;
	int status;

	assert_int_equal(do_one(child, planned(OP_fork), &outcome), 0);
	assert_int_equal(do_one(child, planned(OP_fork), &outcome), 0);
	kill(child->pid, SIGTERM);
	assert_int_equal(waitpid(child->first, &status, 0), child->first);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	*state = start();
	child_free(child);
}

/* What is said when a program that was spawned ends, by a status each. */
static void test_programs_that_end_are_told(void **state)
{
	static const char *const seven[] = { "/bin/sh", "-c", "exit 7", NULL };
	static const char *const killed[] = { "/bin/sh", "-c", "kill -9 $$", NULL };
	struct child *child = *state;
	struct op_outcome one, two;
	struct ended ended;

	assert_int_equal(do_one(child, plan_spawn(seven), &one), 0);
	assert_int_equal(do_one(child, plan_spawn(killed), &two), 0);
	assert_true(one.value > 0 && two.value > 0 && one.value != two.value);
	assert_true(child_ended(child, (pid_t)two.value, 5000, &ended));
	assert_true(WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGKILL);
	assert_true(child_ended(child, (pid_t)one.value, 5000, &ended));
	assert_true(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 7);
	/* Told once. */
	assert_false(child_ended(child, (pid_t)one.value, 0, &ended));
}

static void close_outcome(struct op_outcome *outcome)
{
	for (size_t fd = 0; fd < OP_FDS; fd++)
		if (outcome->fds[fd] >= 0)
			close(outcome->fds[fd]);
}

static void test_a_program_that_is_missing(void **state)
{
	static const char *const none[] = { "/nowhere/at/all", NULL };
	static const char *const folder[] = { "/tmp", NULL };
	struct child *child = *state;
	struct op_outcome outcome;

	assert_int_equal(do_one(child, plan_spawn(none), &outcome), ENOENT);
	close_outcome(&outcome);
	assert_int_equal(do_one(child, plan_spawn(folder), &outcome), EACCES);
	close_outcome(&outcome);
	assert_int_equal(do_one(child, plan_chdir("/"), &outcome), 0);
}

/* The program holds nothing of the child's: 0, 1, 2 and what the shell itself opens. */
static void test_a_program_inherits_no_descriptor(void **state)
{
	static const char *const list[] = { "/bin/sh", "-c", "echo /proc/$$/fd/*", NULL };
	struct child *child = *state;
	struct planned one = plan_spawn(list);
	struct op_outcome outcome;
	char bytes[256];
	int pipes[2];
	struct ended ended;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	one.op.spawn.stdout_.fd = pipes[1];
	assert_int_equal(do_one(child, one, &outcome), 0);
	close(pipes[1]);
	assert_true(child_ended(child, (pid_t)outcome.value, 5000, &ended));
	assert_int_equal(ended.status, 0);
	ssize_t n = read(pipes[0], bytes, sizeof(bytes) - 1);
	assert_true(n > 0);
	bytes[n] = '\0';
	close(pipes[0]);
	for (char *save = NULL, *word = strtok_r(bytes, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save)) {
		int fd = atoi(strrchr(word, '/') + 1);
		/* dash keeps one for itself when it globs: it is gone by the time it is named. */
		assert_true(fd <= 3 || fd >= 10);
	}
}

static void test_an_exec_ends_the_conversation(void **state)
{
	static const char *const argv[] = { "/bin/sh", "-c", "exit 5", NULL };
	struct planned ops[2] = { plan_chdir("/"), planned(OP_exec) };
	struct child *child = *state;
	struct op_outcome outcomes[2];
	struct error err;
	int status;

	ops[1].op.exec.argv = argv;
	assert_int_equal(child_do(child, ops, 2, outcomes, &err), 2);
	assert_int_equal(outcomes[0].code, 0);
	assert_int_equal(outcomes[1].code, 0);
	assert_true(child->gone);
	assert_int_equal(waitpid(child->first, &status, 0), child->first);
	assert_int_equal(WEXITSTATUS(status), 5);
	child_free(child);
	*state = start();
}

static void test_an_exec_that_fails_leaves_the_child(void **state)
{
	static const char *const argv[] = { "/nowhere/at/all", NULL };
	struct planned one = planned(OP_exec);
	struct child *child = *state;
	struct op_outcome outcome;

	one.op.exec.argv = argv;
	assert_int_equal(do_one(child, one, &outcome), ENOENT);
	assert_false(child->gone);
	assert_int_equal(do_one(child, plan_chdir("/"), &outcome), 0);
}

static void test_a_child_that_was_killed_is_gone(void **state)
{
	struct child *child = *state;
	struct planned one = plan_chdir("/");
	struct op_outcome outcome;
	struct error err;

	kill(child->pid, SIGKILL);
	assert_int_equal(waitpid(child->first, NULL, 0), child->first);
	assert_int_equal(child_do(child, &one, 1, &outcome, &err), -1);
	assert_int_equal(err.code, EPIPE);
	assert_true(child->gone);
	assert_non_null(strstr(err.what, "is gone"));
	assert_true(err.fix[0]);
	child_free(child);
	*state = start();
}

/* The kind: a child that ends by want of memory, or is killed, as it is to become a program. */
static void test_a_child_that_ends_before_its_exec_is_gone(void **state)
{
	static const char *const argv[] = { "/bin/true", NULL };
	struct planned ops[2] = { plan_chdir("/"), planned(OP_exec) };
	struct op_outcome outcomes[2];
	struct error err;
	int ends[2], status;

	(void)state;
	ops[1].op.exec.argv = argv;
	assert_int_equal(child_pair(ends, &err), 0);
	pid_t pid = fork();
	if (pid == 0) {
		static char bytes[WIRE_BYTES];
		struct packet packet = { .bytes = bytes };
		struct header header;
		close(ends[0]);
		talk_receive(ends[1], &header, &packet, NULL);
		_exit(125);
	}
	close(ends[1]);
	struct child *child = child_new(ends[0], pid, (int)syscall(SYS_pidfd_open, pid, 0));
	assert_int_equal(child_do(child, ops, 2, outcomes, &err), -1);
	assert_int_equal(err.code, EPIPE);
	assert_true(child->gone);
	child_free(child);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void test_a_stopped_child_is_not_waited_for_for_ever(void **state)
{
	struct child *child = *state;
	struct planned one = plan_chdir("/proc");
	struct op_outcome outcome;
	struct error err;

	kill(child->pid, SIGSTOP);
	assert_int_equal(child_do(child, &one, 1, &outcome, &err), -1);
	assert_int_equal(err.code, ETIMEDOUT);
	kill(child->pid, SIGCONT);
	/* The answer that came late is not taken for the next one's. */
	assert_int_equal(do_one(child, plan_chdir("/tmp"), &outcome), 0);
	assert_cwd(child->pid, "/tmp");
}

/* It says something else all the time, each message a sign of life, and never answers. */
static _Noreturn void keep_talking(int socket)
{
	struct ended ended = { .pid = 1 };
	struct packet packet = { .bytes = (char *)&ended, .length = sizeof(ended) };

	while (talk_send(socket, (struct header){ TAG_ENDED, 0 }, &packet) == 0)
		usleep(20000);
	_exit(0);
}

static void test_a_child_that_keeps_talking_has_one_deadline_an_op(void **state)
{
	struct op_outcome outcome;
	struct planned one = plan_chdir("/");
	struct error err;
	int ends[2];
	struct ended ended;

	(void)state;
	assert_int_equal(child_pair(ends, &err), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		keep_talking(ends[1]);
	}
	close(ends[1]);
	struct child *child = child_new(ends[0], pid, (int)syscall(SYS_pidfd_open, pid, 0));
	alarm(20);
	assert_int_equal(child_do(child, &one, 1, &outcome, &err), -1);
	assert_int_equal(err.code, ETIMEDOUT);
	assert_false(child_ended(child, 4711, 300, &ended));
	alarm(0);
	child_free(child);
	assert_int_equal(waitpid(pid, &ended.status, 0), pid);
}

enum { MANY = 22 };

/* It answers a message of many ops, later than one op may take. */
static _Noreturn void answer_slowly(int socket)
{
	static char bytes[WIRE_BYTES];
	static struct op_outcome done[MANY];
	struct packet packet = { .bytes = bytes };
	struct header header;

	talk_receive(socket, &header, &packet, NULL);
	usleep(5300000);
	for (int i = 0; i < MANY; i++)
		done[i] = (struct op_outcome){ .fds = { -1, -1, -1 } };
	outcomes_pack(done, MANY, "", &packet);
	talk_send(socket, (struct header){ TAG_OUTCOMES, header.serial }, &packet);
	_exit(0);
}

/* The kind: 500 layers of a union are as many calls, and one deadline was of all of them. */
static void test_many_ops_of_one_message_have_more_time(void **state)
{
	static struct op_outcome outcomes[MANY];
	static struct planned ops[MANY];
	struct error err;
	int ends[2], status;

	(void)state;
	for (int i = 0; i < MANY; i++)
		ops[i] = plan_chdir("/");
	assert_int_equal(child_pair(ends, &err), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		answer_slowly(ends[1]);
	}
	close(ends[1]);
	struct child *child = child_new(ends[0], pid, (int)syscall(SYS_pidfd_open, pid, 0));
	assert_int_equal(child_do(child, ops, MANY, outcomes, &err), MANY);
	child_free(child);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* Programs that were started before the successor have another parent than it. */
static void test_the_end_of_a_program_older_than_the_successor_is_told(void **state)
{
	static const char *const argv[] = { "/bin/sh", "-c", "sleep 0.2; exit 6", NULL };
	struct child *child = *state;
	struct op_outcome outcome, forked;
	struct ended ended;

	assert_int_equal(do_one(child, plan_spawn(argv), &outcome), 0);
	assert_int_equal(do_one(child, planned(OP_fork), &forked), 0);
	assert_true(child_ended(child, (pid_t)outcome.value, 5000, &ended));
	assert_int_equal(WEXITSTATUS(ended.status), 6);
	close_outcome(&outcome);
}

static void test_descriptors_travel(void **state)
{
	struct planned one = planned(OP_setns);
	struct child *child = *state;
	struct op_outcome outcome;

	/* Not a namespace: the kernel says so, which shows that it arrived. */
	one.op.setns.fd.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	one.op.setns.nstype = CLONE_NEWUTS;
	assert_int_equal(do_one(child, one, &outcome), EINVAL);
	close(one.op.setns.fd.fd);
}

static void test_the_child_holds_nothing_else_open(void **state)
{
	struct child *child = *state;
	struct op_outcome outcome;
	char path[64], target[256];

	assert_int_equal(do_one(child, plan_chdir("/"), &outcome), 0);
	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", child->pid, fd);
		ssize_t n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		bool expected = strcmp(target, "/dev/null") == 0 ||
				strncmp(target, "socket:", 7) == 0 ||
				strstr(target, "signalfd") != NULL;
		if (!expected)
			print_error("fd %d: %s\n", fd, target);
		assert_true(expected);
	}
}

/* A message that is no request is answered by nothing, or by an answer to no op; the child goes
 * on. */
static void test_nonsense_does_not_stop_the_child(void **state)
{
	static char bytes[2000];
	struct child *child = *state;
	struct op_outcome outcome;

	memset(bytes, 0xff, sizeof(bytes));
	for (size_t length = 0; length < sizeof(bytes); length += 97)
		for (uint32_t tag = 0; tag < 5; tag++) {
			struct packet packet = { .bytes = bytes, .length = length };
			struct header header = { tag, UINT32_MAX };
			assert_int_equal(talk_send(child->socket, header, &packet), 0);
		}
	assert_int_equal(send(child->socket, "x", 1, 0), 1);
	assert_int_equal(do_one(child, plan_chdir("/"), &outcome), 0);
}

static void test_the_end_of_the_conversation_ends_the_child(void **state)
{
	struct child *child = *state;
	struct op_outcome outcome;

	assert_int_equal(do_one(child, planned(OP_fork), &outcome), 0);
	int status = finish(child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	*state = start();
}

/* The child dies with the process that forked it, whatever it is doing. */
static void test_the_child_dies_with_its_parent(void **state)
{
	int pipes[2];
	pid_t inner = 0;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid_t shell = fork();
	if (shell == 0) {
		struct child *child = start();
		struct op_outcome outcome;
		do_one(child, plan_chdir("/"), &outcome);
		int keep = fcntl(child->socket, F_DUPFD_CLOEXEC, 100);
		if (write(pipes[1], &child->pid, sizeof(child->pid)) < 0 || keep < 0)
			_exit(1);
		pause();
	}
	assert_int_equal(read(pipes[0], &inner, sizeof(inner)), sizeof(inner));
	cleanup_fd int pidfd = (int)syscall(SYS_pidfd_open, inner, 0);
	assert_true(pidfd >= 0);
	kill(shell, SIGKILL);
	waitpid(shell, NULL, 0);
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	assert_int_equal(poll(&ended, 1, 2000), 1);
	close(pipes[0]);
	close(pipes[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_a_batch_is_done_in_order),
		TEST(test_the_first_failure_stops),
		TEST(test_what_may_fail_does_not_stop),
		TEST(test_more_than_a_packet),
		TEST(test_an_op_that_no_message_holds),
		TEST(test_too_long_is_told),
		TEST(test_a_successor_answers_under_its_own_pid),
		TEST(test_all_end_with_the_successor),
		TEST(test_programs_that_end_are_told),
		TEST(test_a_program_that_is_missing),
		TEST(test_a_program_inherits_no_descriptor),
		TEST(test_an_exec_ends_the_conversation),
		TEST(test_an_exec_that_fails_leaves_the_child),
		TEST(test_a_child_that_was_killed_is_gone),
		TEST(test_a_child_that_ends_before_its_exec_is_gone),
		TEST(test_a_stopped_child_is_not_waited_for_for_ever),
		TEST(test_a_child_that_keeps_talking_has_one_deadline_an_op),
		TEST(test_many_ops_of_one_message_have_more_time),
		TEST(test_the_end_of_a_program_older_than_the_successor_is_told),
		TEST(test_descriptors_travel),
		TEST(test_the_child_holds_nothing_else_open),
		TEST(test_nonsense_does_not_stop_the_child),
		TEST(test_the_end_of_the_conversation_ends_the_child),
		TEST(test_the_child_dies_with_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
