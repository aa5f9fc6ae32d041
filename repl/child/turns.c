#include "child/turns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "child/child.h"
#include "ops/place.h"

enum { STACK = 65536, GUARD = 65536 /* the largest page that there is */ };

/* Of turns that are over: to unmap one costs more than to keep it, for all processors hear of it. NULL: none. */
static char *spare;

struct turns {
	int ends[2]; /* the shell's, the child's */
	int shell;
	pid_t pid;    /* the child's */
	int code;     /* why it could not be cloned */
	char *stack; /* above GUARD bytes that nobody may touch */
	struct turn *turn;
	int childs;   /* whether the turn is the child's: the shell waits at it, futex(2) */
	bool waits;   /* the child, for its next turn */
	bool lent;    /* the shell's end is another's to close */
	bool guarded; /* the memory is not dumpable: a process of root's that has no more than the child has could trace it */
	struct held place;
	int fs, ruleset;
	bool hidden, masked;
};

/* NULL with errno set. */
static char *new_stack(void)
{
	char *stack = mmap(NULL, GUARD + STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED)
		return NULL;
	if (mprotect(stack + GUARD, STACK, PROT_READ | PROT_WRITE) == 0)
		return stack;
	munmap(stack, GUARD + STACK);
	return NULL;
}

struct turns *turns_new(int shell, struct error *err)
{
	int ends[2];

	if (child_pair(ends, err) < 0)
		return NULL;
	struct turns *turns = calloc(1, sizeof(*turns));
	if (!turns)
		out_of_memory();
	*turns = (struct turns){ .ends = { ends[0], ends[1] }, .shell = shell, .fs = -1, .ruleset = -1,
				 .place = { .root = -1, .folder = -1 }, .guarded = geteuid() == 0 };
	turns->stack = spare ? steal_ptr(&spare) : new_stack();
	if (turns->stack)
		return turns;
	fail(err, errno, "mmap of a stack");
	turns_free(turns);
	return NULL;
}

static void unguard(struct turns *turns)
{
	if (turns->guarded)
		prctl(PR_SET_DUMPABLE, 1);
	turns->guarded = false;
}

void turns_free(struct turns *turns)
{
	if (!turns)
		return;
	unguard(turns);
	if (!turns->lent)
		close(turns->ends[0]);
	close(turns->ends[1]);
	if (spare && turns->stack)
		munmap(turns->stack, GUARD + STACK);
	else
		spare = turns->stack;
	free(turns);
}

int turns_socket(struct turns *turns)
{
	turns->lent = true;
	return turns->ends[0];
}

pid_t turns_pid(const struct turns *turns)
{
	return turns->pid;
}

int turns_code(const struct turns *turns)
{
	return turns->code;
}

/* Wait for the shell's word at its end of the socket; false: it has ended. A tracer may interrupt. */
static bool is_given(int end)
{
	ssize_t got;
	char go;

	do
		got = read(end, &go, 1);
	while (got < 0 && errno == EINTR);
	return got > 0;
}

/* ---- in the child ---- */

/* prctl(2): a change of ids clears both. PR_SET_DUMPABLE is of the memory, and so the shell's, too: root's is guarded until
 * the child has left it, PTRACE_MODE_ATTACH of ptrace(2). An ordinary user's child needs /proc/self, and who may trace it
 * may trace the shell. */
static void arm(const struct turns *turns)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, !turns->guarded);
}

/* The shell's (shell/terminal/signals.c) would run in the shell's memory, as soon as the op exec lets signals in, which
 * itself sees to SIGPIPE and SIGQUIT. */
static void default_handlers(void)
{
	static const int handled[] = { SIGHUP, SIGINT, SIGTERM, SIGALRM, SIGWINCH, SIGXFSZ };
	struct sigaction stop;

	for (size_t i = 0; i < COUNT(handled); i++)
		signal(handled[i], SIG_DFL);
	if (sigaction(SIGTSTP, NULL, &stop) == 0 && stop.sa_handler != SIG_IGN)
		signal(SIGTSTP, SIG_DFL);
}

/* Closed where there is no /dev/null. */
static void null_input(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if ((null < 0 || dup2(null, STDIN_FILENO) < 0) && errno_may_pass(errno))
		_exit(125);
	if (null < 0)
		close(STDIN_FILENO);
	if (null > STDIN_FILENO)
		close(null);
}

static void perform(struct turns *turns)
{
	const struct op_stage stage = { .fs = &turns->fs, .ruleset = &turns->ruleset, .place = &turns->place,
					.hidden = &turns->hidden, .masked = &turns->masked };
	struct turn *turn = turns->turn;

	while (turn->done < turn->count) {
		const struct planned *planned = &turn->ops[turn->done];
		struct op_outcome *outcome = &turn->outcomes[turn->done];
		/* What a folder is handed out for, nobody looks at before it is gone. */
		if (op_info(planned->op.kind)->keeps) {
			*outcome = (struct op_outcome){ .before = -1, .fds = { -1, -1, -1 } };
			turn->done++;
			continue;
		}
		int failed = op_run(&planned->op, &stage, outcome);
		if (!failed && op_disarms(&planned->op))
			arm(turns);
		turn->done++;
		if (!plan_passes(planned, outcome))
			return;
	}
}

static void tell_shell(struct turns *turns)
{
	__atomic_store_n(&turns->childs, 0, __ATOMIC_RELEASE);
	sys_futex_wake(&turns->childs);
}

/* Its number where the shell is: clone(2) has no place for that beside the pidfd, and getpid(2) says 1. */
static pid_t own_number(void)
{
	char name[16] = "";

	return readlink("/proc/self", name, sizeof(name) - 1) > 0 ? (pid_t)atoi(name) : 0;
}

/* It has the shell's descriptors, as copies, until it is its program: then they close. */
static int live(void *argument)
{
	struct turns *turns = argument;
	struct pollfd shell = { .fd = turns->shell, .events = POLLIN };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (turns->guarded)
		prctl(PR_SET_DUMPABLE, 0);
	/* Before that its end was no signal. */
	if (poll(&shell, 1, 0) != 0)
		_exit(125);
	turns->pid = own_number();
	close(turns->ends[0]);
	default_handlers();
	setsid();
	umask(0); /* as in child/loop.c */
	prctl(PR_SET_NAME, "stave-child");
	null_input();
	for (;;) {
		perform(turns);
		turns->waits = true;
		tell_shell(turns);
		if (!is_given(turns->ends[1]))
			_exit(125);
	}
}

/* ---- in the process that clones it ---- */

/* Nothing here fails, as long as the shell is at work: errno(3) is its own. */
bool turns_await(struct turns *turns)
{
	struct pollfd waits[] = { { turns->shell, POLLIN, 0 }, { turns->ends[1], POLLIN, 0 } };

	while (poll(waits, 2, -1) <= 0)
		continue;
	return !waits[0].revents && is_given(turns->ends[1]);
}

/* CLONE_VFORK keeps this process here, not the shell; while the kernel sees it waiting, the child's OOM score is its
 * own, and who is out of memory there does not take the shell for what to kill: proc_pid_oom_score_adj(5). As the child
 * leaves the memory, the kernel clears turns->childs, and wakes the shell. */
void turns_clone(struct turns *turns, unsigned long flags, int *pidfd)
{
	pid_t pid = clone(live, turns->stack + GUARD + STACK,
			  (int)(flags | CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PIDFD | CLONE_CHILD_CLEARTID), turns,
			  pidfd, NULL, &turns->childs);

	if (pid >= 0)
		return;
	turns->code = errno;
	tell_shell(turns);
}

/* ---- in the shell ---- */

int turns_give(struct turns *turns, struct turn *turn)
{
	ssize_t sent;
	char go = 0;

	turns->turn = turn;
	turns->waits = false;
	__atomic_store_n(&turns->childs, 1, __ATOMIC_RELEASE);
	do
		sent = send(turns->ends[0], &go, 1, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	/* One that has ended is found by turns_wait(). */
	return sent < 0 && errno != EPIPE ? -1 : 0;
}

/* One of the signals that end the shell waits to be let in; where it is ignored, it waits in vain. */
static bool is_asked_to_end(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction now;
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < COUNT(ends); i++)
		if (sigismember(&pending, ends[i]) && sigaction(ends[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			return true;
	return false;
}

static bool has_ended(pid_t helper)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)helper, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid;
}

/* No call here fails: errno(3) is the child's. */
enum turned turns_wait(struct turns *turns, pid_t helper, int patience)
{
	enum { SLICE = 100000000 /* ns */, GRACE = 1000 /* ms, as in base/await.c */, CLONE = 30000 };
	const struct timespec slice = { .tv_nsec = SLICE };
	int64_t begin = await_until(CLONE), deadline = await_until(patience), grace = 0;

	for (;;) {
		sys_futex_wait(&turns->childs, 1, &slice);
		if (!__atomic_load_n(&turns->childs, __ATOMIC_ACQUIRE)) {
			if (turns->waits)
				return TURN_OVER;
			unguard(turns);
			return TURN_LEFT;
		}
		if (!grace && (is_asked_to_end() || (!turns->pid && has_ended(helper))))
			grace = clock_ms() + GRACE;
		/* The kernel makes no network namespace while it destroys others. */
		if (!turns->pid && clock_ms() < begin)
			deadline = await_until(patience);
		if (clock_ms() >= deadline || (grace && clock_ms() >= grace))
			return TURN_SILENT;
	}
}
