#include "session/host/near/near.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/process/proc.h"
#include "base/process/signal.h"
#include "child/child.h"

enum {
	HELD = 32,     /* folders that are held; a record of the journal has a path too */
	ENDING = 2000, /* ms that a killed child may take to end */
	STACK = 16384,
	PAIR = 24,     /* bytes of two numbers and what is between them */
};

struct near {
	pid_t watcher;
	bool dismissed; /* it has been killed */
	int shell; /* a pidfd of it */
	int terminal;
	struct termios modes;
	const char *folder;
	char *journal;
	int journal_file;
	struct { int number, fd; } held[HELD];
	size_t held_count;
	struct own {
		uint32_t number;
		pid_t pid; /* 0: there is none, or it has been waited for */
		int pidfd;
		struct ended ended;
	} own[NEAR_CHILDREN];
	struct turns *turns; /* the last child shares the shell's memory, or did; NULL: it never has */
	struct own *turned;  /* that one */
	unsigned long flags; /* clone(2)'s for it */
	bool expects;        /* it is still to be cloned */
	char stack[STACK] __attribute__((aligned(16)));
};

/* ---- what is to be recovered ---- */

/* The name last: recovery asks for that first. */
void near_journal(struct near *near, const char *path)
{
	if (near->journal_file >= 0)
		close(near->journal_file);
	near->journal_file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char *before = near->journal;
	near->journal = text_copy(path);
	free(before);
}

void near_hold(struct near *near, int number, int parent)
{
	if (near->held_count < HELD) {
		near->held[near->held_count].number = number;
		near->held[near->held_count].fd = parent;
		near->held_count++;
	}
}

void near_let_go(struct near *near, int number)
{
	for (size_t i = near->held_count; i-- > 0;)
		if (near->held[i].number == number) {
			near->held[i] = near->held[near->held_count - 1];
			near->held_count--;
		}
}

/* ---- who waits ---- */

/* The shell may have ended anywhere, in malloc(3) too: nothing here allocates, and nothing of what it was changing
 * is relied on. */
static _Noreturn void recover(struct near *near)
{
	char numbers[2][12], modes[2 * sizeof(near->modes) + 1], folders[HELD * PAIR] = "", children[NEAR_CHILDREN * PAIR] = "";
	const unsigned char *bytes = (const unsigned char *)&near->modes;
	char *const argv[ARGUMENTS + 1] = {
		[AS] = JANITOR, [WHAT] = "recover", [FOLDER] = (char *)near->folder, [JOURNAL] = near->journal,
		[FILE_] = numbers[0], [TERMINAL] = numbers[1], [MODES] = modes, [CHILDREN] = children, [FOLDERS] = folders,
	};
	const int values[] = { near->journal_file, near->terminal };

	for (size_t i = 0; i < COUNT(values); i++)
		snprintf(numbers[i], sizeof(numbers[i]), "%d", values[i]);
	for (size_t i = 0; i < sizeof(near->modes); i++)
		snprintf(modes + 2 * i, 3, "%02x", bytes[i]);
	for (size_t i = 0; i < near->held_count && i < HELD; i++)
		remains_pass_on(near->held[i].number, near->held[i].fd, folders, sizeof(folders));
	/* The shell may have ended while a child had its turn. */
	if (near->turns && !near->turned->pid && near->turned->pidfd >= 0)
		near->turned->pid = turns_pid(near->turns);
	for (size_t i = 0; i < NEAR_CHILDREN; i++)
		if (near->own[i].pid)
			remains_pass_on(near->own[i].pid, near->own[i].pidfd, children, sizeof(children));
	remains_keep_open(near->journal_file);
	remains_keep_open(near->terminal);
	execve("/proc/self/exe", argv, (char *const[]){ NULL });
	_exit(126);
}

/* It shares errno(3), too: with all signals blocked poll(2) fails for want of memory alone. */
static int wait_for_shell(void *argument)
{
	struct near *near = argument;
	struct pollfd end = { .fd = near->shell, .events = POLLIN };

	setsid();
	if (near->turns && turns_await(near->turns))
		turns_clone(near->turns, near->flags, &near->turned->pidfd);
	prctl(PR_SET_NAME, JANITOR);
	while (poll(&end, 1, -1) <= 0)
		continue;
	recover(near);
}

/* With all signals blocked: a handler of the shell's would run in both; and it is out of reach of the terminal's. */
int near_watch(struct near *near)
{
	if (near->watcher)
		return 0;
	const sigset_t before = signal_block_all();
	pid_t pid = clone(wait_for_shell, near->stack + sizeof(near->stack), CLONE_VM | CLONE_FILES | SIGCHLD, near);
	int code = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = code;
	near->watcher = pid > 0 ? pid : 0;
	return pid > 0 ? 0 : -1;
}

struct near *near_new(int terminal, const char *folder, const char *journal, struct error *err)
{
	struct near *near = malloc(sizeof(*near));

	if (!near)
		out_of_memory();
	memset(near, 0, offsetof(struct near, stack)); /* which is written where it is used alone */
	near->folder = text_copy(folder);
	near->journal_file = -1;
	near->journal = text_copy("");
	for (size_t i = 0; i < NEAR_CHILDREN; i++)
		near->own[i].pidfd = -1;
	if (journal)
		near_journal(near, journal);
	near->terminal = terminal >= 0 && tcgetattr(terminal, &near->modes) == 0 ? terminal : -1;
	near->shell = sys_pidfd_open(getpid());
	if (near->shell >= 0)
		return near;
	fail(err, errno, "pidfd_open");
	near_free(near);
	return NULL;
}

int near_shell(const struct near *near)
{
	return near->shell;
}

pid_t near_watcher(const struct near *near)
{
	return near->watcher;
}

/* Whether there is none any more: one that cannot be killed (a filter may forbid it) waits for the shell's end, on the
 * stack in near. */
static bool unwatch(struct near *near)
{
	if (near->watcher > 0 && !near->dismissed && kill(near->watcher, SIGKILL) < 0 && errno != ESRCH)
		return false;
	while (near->watcher > 0 && waitpid(near->watcher, NULL, 0) < 0 && errno == EINTR)
		continue;
	near->watcher = 0;
	return true;
}

/* ---- the child ---- */

/* In the new process. It has the shell's memory, as a copy, until it becomes a program. */
static _Noreturn void become_child(int socket)
{
	if (fd_null_standard() < 0)
		_exit(125);
	proc_closed();
	child_main(socket);
}

static struct own *room(struct near *near)
{
	for (size_t i = 0; i < NEAR_CHILDREN; i++)
		if (!near->own[i].pid)
			return &near->own[i];
	return NULL;
}

bool near_has_room(struct near *near)
{
	return room(near);
}

void near_start(struct near *near, uint32_t number, const struct op *clone, int socket, struct op_outcome *outcome)
{
	const struct op_stage nobody = { 0 };
	struct own *own = room(near);

	*outcome = (struct op_outcome){ .before = -1, .fds = { -1, -1, -1 } };
	if (near->expects && unwatch(near))
		near->expects = false;
	if (!near->expects)
		turns_free(steal_ptr(&near->turns));
	/* Until it has a session of its own it is in the shell's process group. */
	const sigset_t before = signal_block_all();
	if (near_watch(near) < 0)
		outcome->code = errno;
	else
		op_run(clone, &nobody, outcome);
	if (outcome->code == 0 && outcome->value == 0)
		become_child(socket);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (outcome->code)
		return;
	*own = (struct own){ number, (pid_t)outcome->value, fcntl(outcome->fds[0], F_DUPFD_CLOEXEC, 3), { 0 } };
}

/* One that the kernel holds never comes back to the shell's memory. */
void near_stop(struct near *near)
{
	int status;

	if (near->turned->pidfd < 0) {
		/* clone(2) itself takes so long. */
		kill(near->watcher, SIGKILL);
		await_exit(near->watcher, ENDING, &status);
		near->watcher = 0;
	}
	if (near->turned->pidfd < 0)
		return;
	sys_pidfd_send_signal(near->turned->pidfd, SIGKILL);
	await_readable(near->turned->pidfd, await_until(ENDING));
}

/* All signals are blocked, and let in when it is over. */
static enum turned take_turn(struct near *near, int patience, const sigset_t *before)
{
	enum turned turned = turns_wait(near->turns, near->watcher, patience);

	sigprocmask(SIG_SETMASK, before, NULL);
	near->turned->pid = turns_pid(near->turns);
	return turned;
}

enum turned near_turn(struct near *near, struct turn *turn, int patience)
{
	const sigset_t before = signal_block_all();

	if (turns_give(near->turns, turn) == 0)
		return take_turn(near, patience, &before);
	int code = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = code;
	return TURN_UNGIVEN;
}

int near_expect(struct near *near, const struct op *clone, struct turns *turns)
{
	near->turns = turns;
	near->turned = room(near);
	near->flags = (unsigned long)clone->clone.flags | SIGCHLD;
	near->expects = near_watch(near) == 0;
	return near->expects ? 0 : -1;
}

enum turned near_share(struct near *near, uint32_t number, struct turn *turn, int patience, struct op_outcome *outcome)
{
	*near->turned = (struct own){ .number = number, .pidfd = -1 };
	enum turned turned = near_turn(near, turn, patience);
	near->expects = turned == TURN_UNGIVEN;
	*outcome = (struct op_outcome){ .code = near->expects ? errno : turns_code(near->turns), .value = near->turned->pid, .before = -1, .fds = { -1, -1, -1 } };
	if (outcome->value)
		outcome->fds[0] = fcntl(near->turned->pidfd, F_DUPFD_CLOEXEC, 3);
	return turned;
}

static struct own *find(struct near *near, uint32_t number)
{
	for (size_t i = 0; i < NEAR_CHILDREN; i++)
		if (near->own[i].number == number)
			return &near->own[i];
	return NULL;
}

bool near_has(struct near *near, uint32_t number)
{
	return find(near, number);
}

size_t near_children(const struct near *near, struct orphan ret[NEAR_CHILDREN])
{
	size_t count = 0;

	for (size_t i = 0; i < NEAR_CHILDREN; i++)
		if (near->own[i].pid)
			ret[count++] = (struct orphan){ near->own[i].pid, near->own[i].pidfd };
	return count;
}

size_t near_hand_over(struct near *near, struct orphan ret[NEAR_CHILDREN])
{
	unwatch(near);
	return near_children(near, ret);
}

static void reap(struct own *own)
{
	while (!ended_collect(&own->ended, own->pid, 0, true) && errno == EINTR)
		continue;
	own->pid = 0;
	if (own->pidfd >= 0)
		close(steal_fd(&own->pidfd));
}

int near_wait(struct near *near, uint32_t number, int patience, struct ended *ret)
{
	struct own *own = find(near, number);

	if (own->pid && own->pidfd >= 0 && await_readable(own->pidfd, await_until(patience)) < 0)
		return -1;
	if (own->pid)
		reap(own);
	*ret = own->ended;
	return 0;
}

static void end(struct own *own)
{
	if (!own->pid)
		return;
	/* Not waited for yet: the pid is still its own. */
	if (kill(own->pid, SIGKILL) < 0)
		return;
	if (own->pidfd < 0 || await_readable(own->pidfd, await_until(ENDING)) == 0)
		reap(own);
}

bool near_end(struct near *near, uint32_t number)
{
	struct own *own = find(near, number);

	if (own)
		end(own);
	return own;
}

bool near_dismiss(struct near *near)
{
	for (size_t i = 0; i < NEAR_CHILDREN; i++)
		if (near->own[i].pid)
			return false;
	near->dismissed = near->watcher > 0 && kill(near->watcher, SIGKILL) == 0;
	return true;
}

void near_free(struct near *near)
{
	if (!near)
		return;
	for (size_t i = 0; i < NEAR_CHILDREN; i++)
		end(&near->own[i]);
	if (!unwatch(near))
		return;
	cleanup_fd_(&near->shell);
	cleanup_fd_(&near->journal_file);
	/* What the kernel still holds of a killed child may have memory that is to be written. */
	if (!near->turns || near->turned->pidfd < 0)
		turns_free(steal_ptr(&near->turns));
	for (size_t i = 0; i < NEAR_CHILDREN; i++)
		cleanup_fd_(&near->own[i].pidfd);
	free((char *)near->folder);
	free(near->journal);
	free(near);
}
