/* Which signals the kernel drops on their way to PID 1 of a pid namespace. */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/process/proc.h"
#include "snapshot/process.h"

struct waiting {
	pid_t starter, pid;
};

static void hear(int signal)
{
	(void)signal;
}

/* Children inherit this: USR1 is caught, USR2 ignored, TERM and a real-time one blocked. */
static void set_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, 64);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGUSR1, hear);
	signal(SIGUSR2, SIG_IGN);
}

/* As fork(2) of the C library does, and a shell that waits: a signal is blocked now and then. */
static void block_now_and_then(void)
{
	const struct timespec pause = { 0, 1000000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	for (int how = SIG_BLOCK;; how = how == SIG_BLOCK ? SIG_UNBLOCK : SIG_BLOCK) {
		sigprocmask(how, &set, NULL);
		nanosleep(&pause, NULL);
	}
}

static void start_inside(int namespaces, int tell)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (namespaces && unshare(namespaces) < 0)
		_exit(1);
	set_signals();
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		block_now_and_then();
	}
	if (pid > 0 && write(tell, &pid, sizeof(pid)) == sizeof(pid))
		waitpid(pid, NULL, 0);
	_exit(0);
}

/* A process that waits, PID 1 where namespaces have CLONE_NEWPID; false where unshare(2) is not
 * allowed. */
static bool start(struct waiting *waiting, int namespaces)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	waiting->starter = fork();
	assert_true(waiting->starter >= 0);
	if (waiting->starter == 0)
		start_inside(namespaces, fds[1]);
	close(fds[1]);
	bool started = read(fds[0], &waiting->pid, sizeof(pid_t)) == sizeof(pid_t);
	close(fds[0]);
	if (!started)
		waitpid(waiting->starter, NULL, 0);
	return started;
}

static void stop(const struct waiting *waiting)
{
	kill(waiting->pid, SIGKILL);
	waitpid(waiting->starter, NULL, 0);
}

static void test_first_of_a_namespace(void **state)
{
	struct waiting waiting;

	(void)state;
	if (!start(&waiting, CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0))) {
		print_message("unshare(2) is not allowed here\n");
		skip();
	}
	assert_true(process_drops(waiting.pid, SIGHUP));
	assert_true(process_drops(waiting.pid, SIGINT));
	assert_true(process_drops(waiting.pid, SIGUSR2));
	assert_true(process_drops(waiting.pid, 63));
	for (int i = 0; i < 20; i++)
		assert_true(process_drops(waiting.pid, SIGALRM));
	assert_false(process_drops(waiting.pid, SIGUSR1));
	assert_false(process_drops(waiting.pid, SIGTERM));
	assert_false(process_drops(waiting.pid, 64));
	assert_false(process_drops(waiting.pid, 0));
	assert_false(process_drops(waiting.pid, SIGKILL));
	assert_false(process_drops(waiting.pid, SIGSTOP));
	assert_false(process_drops(waiting.pid, SIGCONT));
	/* The kernel agrees: it lives, until the one that is sure. */
	assert_int_equal(kill(waiting.pid, SIGHUP), 0);
	assert_int_equal(waitpid(waiting.starter, NULL, WNOHANG), 0);
	stop(&waiting);
	assert_false(process_drops(waiting.pid, SIGHUP));
}

static void test_any_other(void **state)
{
	struct waiting waiting;

	(void)state;
	assert_true(start(&waiting, 0));
	assert_false(process_drops(waiting.pid, SIGHUP));
	assert_false(process_drops(1, SIGHUP)); /* not below this namespace */
	stop(&waiting);
}

/* With too few descriptors a process that could not be looked at is not one that has ended, nor one that is nowhere:
 * this test's own user namespace has others in it. */
static void test_what_could_not_be_looked_at(void **state)
{
	struct processes none = { 0 }, processes;
	struct rlimit limit, few;
	struct stat own;
	char comm[64];
	int whole = 0, told = 0;

	(void)state;
	assert_true(proc_root() >= 0);
	assert_int_equal(stat("/proc/self/ns/user", &own), 0);
	int highest = dup(STDIN_FILENO);
	close(highest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int more = 0; more < 6; more++) {
		few = (struct rlimit){ (rlim_t)(highest + more), limit.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		pid_t other = process_sharing(NS_USER, own.st_ino, &none, comm);
		int failed = processes_take(proc_root(), getpid(), &processes);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_int_not_equal(other, 0);
		told += other < 0 && failed;
		whole += other > 0 && !failed;
		if (!failed) {
			assert_int_equal(processes.count, 1);
			processes_done(&processes);
		}
	}
	assert_true(whole && told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_of_a_namespace),
		cmocka_unit_test(test_any_other),
		cmocka_unit_test(test_what_could_not_be_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
