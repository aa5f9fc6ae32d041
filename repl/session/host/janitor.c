/* The janitor from the shell's side: starting it, asking it. */
#include "session/host/janitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"
#include "base/process/seal.h"
#include "child/child.h"
#include "child/talk.h"
#include "session/host/janitor_talk.h"
#include "session/host/journal.h"
#include "session/host/near/near.h"
#include "session/host/near/refused.h"

/* How a child ended. */
struct exit {
	uint32_t number;
	struct ended ended;
};

enum { ANSWER = 10000 /* ms in which it has to answer */ };

struct janitor {
	int socket; /* of its process; -1: none has been needed yet */
	pid_t pid;
	struct near *near; /* instead, or before; NULL: never */
	bool lost; /* it did not answer, or not what was asked */
	struct exit *exits;
	size_t exit_count;
	int *held; /* the records whose folders it holds */
	size_t held_count;
};

/* In the new process: execute the sealed program, which continues in janitor_begin(). It inherits
 * nothing of the shell's memory or environment. */
static _Noreturn void become(int sealed, int socket, int terminal, const char *folder)
{
	char numbers[2][12];
	char *const argv[] = { JANITOR, numbers[0], numbers[1], (char *)folder, NULL };

	snprintf(numbers[0], sizeof(numbers[0]), "%d", socket);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", terminal);
	fcntl(socket, F_SETFD, 0);
	if (terminal >= 0)
		fcntl(terminal, F_SETFD, 0);
	sys_execve_fd(sealed, argv, (char *const[]){ NULL });
	_exit(errno == EACCES || errno == EPERM ? EXEC_REFUSED : EXEC_FAILED);
}

static struct janitor *new_janitor(void)
{
	struct janitor *janitor = calloc(1, sizeof(*janitor));

	if (!janitor)
		out_of_memory();
	/* Should the janitor itself be killed, its orphans come to the shell. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	janitor->socket = -1;
	return janitor;
}

static struct janitor *if_it_is(bool made, struct janitor *janitor)
{
	if (!made)
		free(steal_ptr(&janitor));
	return janitor;
}

struct janitor *janitor_new(int terminal, const char *folder, const char *program, struct error *err)
{
	struct janitor *janitor = new_janitor();

	return if_it_is(janitor_complete(janitor, terminal, folder, program, err) > 0, janitor);
}

struct janitor *janitor_near(int terminal, const char *folder, const char *journal, struct error *err)
{
	struct janitor *janitor = new_janitor();

	janitor->near = near_new(terminal, folder, journal, err);
	return if_it_is(janitor->near, janitor);
}

static int tell(struct janitor *janitor, uint32_t tag, const void *bytes, size_t length, int fd)
{
	struct packet packet = { .bytes = (char *)bytes, .length = length };

	if (fd >= 0)
		packet.fds[packet.fd_count++] = fd;
	return talk_send(janitor->socket, (struct header){ tag, 0 }, &packet);
}

int janitor_complete(struct janitor *janitor, int terminal, const char *folder, const char *program, struct error *err)
{
	struct orphan own[NEAR_CHILDREN];
	int ends[2];

	if (janitor->socket >= 0)
		return 0;
	cleanup_fd int sealed = program ? seal_program(program) : -1;
	if (program && sealed < 0) {
		if (fail(err, errno, "a sealed copy of the shell in memory") < 0 && errno_may_pass(err->code))
			return -1;
		fail_why(err, "a program in a container may open it as /proc/PID/exe, and must not reach the shell's own file");
		return fail_fix(err, "sysctl vm.memfd_noexec must not be 2");
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(err, errno, "socketpair");
	cleanup_fd int ours = ends[0], theirs = ends[1];
	pid_t pid = fork();
	if (pid < 0)
		return fail(err, errno, "fork of the janitor");
	if (pid == 0 && program)
		become(sealed, theirs, terminal, folder);
	if (pid == 0)
		janitor_main(theirs, terminal, folder);
	janitor->socket = steal_fd(&ours);
	janitor->pid = pid;
	talk_bound(janitor->socket, ANSWER);
	/* The process takes over from who waited for the shell's end. */
	size_t count = janitor->near ? near_hand_over(janitor->near, own) : 0;
	for (size_t i = 0; i < count; i++)
		tell(janitor, ASK_NEAR, &own[i].pid, sizeof(own[i].pid), own[i].pidfd);
	return 1;
}

static void note_exit(struct janitor *janitor, uint32_t number, const struct packet *packet)
{
	struct exit *exits = LIST_FIT(janitor->exits, janitor->exit_count + 1);

	exits[janitor->exit_count].number = number;
	memcpy(&exits[janitor->exit_count++].ended, packet->bytes, sizeof(struct ended));
}

/* Receive until tag comes, noting exits on the way. 0, or -1 with errno: ETIMEDOUT, EINTR, or
 * EPIPE when the janitor is gone. */
static int hear(struct janitor *janitor, uint32_t tag, int patience, struct packet *packet)
{
	int64_t deadline = await_until(patience);
	struct header header;

	while (await_readable(janitor->socket, deadline) == 0) {
		int n = talk_receive(janitor->socket, &header, packet, NULL);
		if (n == 0)
			errno = EPIPE;
		if (n <= 0)
			return -1;
		if (header.tag == SAY_EXIT && packet->length == sizeof(struct ended))
			note_exit(janitor, header.serial, packet);
		if (header.tag == tag)
			return 0;
		packet_close(packet);
	}
	return -1;
}

/* A janitor that does not answer, or may answer an earlier question, is of no use: kill it, and
 * with it its children. SIGKILL ends a stopped process, too. */
static void give_up(struct janitor *janitor)
{
	siginfo_t info = { 0 };

	/* It may have been waited for: orphans_end(). */
	if (!janitor->lost && waitid(P_PID, (id_t)janitor->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		kill(janitor->pid, SIGKILL);
	janitor->lost = true;
}

static int fail_lost(struct janitor *janitor, int code, struct error *err)
{
	const char *state = process_state(process_stat(janitor->pid).state);

	if (code == ETIMEDOUT || code == EAGAIN) {
		fail_id(err, ERR_CHILD_GONE, ETIMEDOUT, "no answer from the janitor (pid %d), parent of the child, for %d seconds",
		     janitor->pid, ANSWER / 1000);
		fail_why(err, "its state is %s; Stave ends it and its children", state);
	} else if (code == EINTR) {
		fail(err, code, "no answer yet from the janitor (pid %d), parent of the child", janitor->pid);
		fail_why(err, "its state is %s; Stave ends it and its children", state);
	} else if ((code == EPIPE || code == ECONNRESET) && !janitor->lost && was_refused(janitor->pid)) {
		give_up(janitor);
		return fail_refused(janitor->pid, err);
	} else if (code == EPIPE || code == ECONNRESET) {
		fail_id(err, ERR_CHILD_GONE, EPIPE, "the janitor (pid %d), parent of the child, was killed", janitor->pid);
	} else {
		fail(err, code, "talking to the janitor (pid %d), parent of the child", janitor->pid);
	}
	give_up(janitor);
	return fail_fix(err, "reset starts another");
}

static struct child *child_of(uint32_t number, int *socket, struct op_outcome *outcome, struct error *err)
{
	if (outcome->code) {
		fail(err, outcome->code, "clone3");
		return NULL;
	}
	struct child *child = child_new(steal_fd(socket), (pid_t)outcome->value, outcome->fds[0]);
	child->number = number;
	return child;
}

struct child *janitor_start(struct janitor *janitor, uint32_t number, const struct op *clone, struct op_outcome *outcome,
			    struct error *err)
{
	struct packet packet = { .bytes = talk_room() };
	struct planned planned = { .op = *clone };
	char nobody[65];
	int ends[2];

	if (child_pair(ends, err) < 0)
		return NULL;
	cleanup_fd int ours = ends[0], theirs = ends[1];
	if (janitor->socket < 0) {
		near_start(janitor->near, number, clone, theirs, outcome);
		struct child *child = child_of(number, &ours, outcome, err);
		if (child)
			child->near = true;
		return child;
	}
	ops_pack(&planned, 1, &packet);
	packet.fds[packet.fd_count++] = theirs;
	if (talk_send(janitor->socket, (struct header){ ASK_START, number }, &packet) < 0 ||
	    hear(janitor, SAY_STARTED, ANSWER, &packet) < 0) {
		fail_lost(janitor, errno, err);
		return NULL;
	}
	if (outcomes_unpack(&packet, outcome, 1, nobody) < 0) {
		packet_close(&packet);
		fail_lost(janitor, EBADMSG, err);
		return NULL;
	}
	return child_of(number, &ours, outcome, err);
}

static int find_exit(struct janitor *janitor, uint32_t number, struct ended *ret)
{
	for (size_t i = 0; i < janitor->exit_count; i++)
		if (janitor->exits[i].number == number) {
			*ret = janitor->exits[i].ended;
			janitor->exits[i] = janitor->exits[--janitor->exit_count];
			return 0;
		}
	return -1;
}

void janitor_end(struct janitor *janitor, uint32_t number)
{
	const struct packet nothing = { 0 };
	struct packet packet = { .bytes = talk_room() };
	struct ended ended;

	if (janitor->near && near_end(janitor->near, number))
		return;
	if (talk_send(janitor->socket, (struct header){ ASK_END, number }, &nothing) < 0 ||
	    hear(janitor, SAY_DONE, ANSWER, &packet) < 0)
		give_up(janitor);
	find_exit(janitor, number, &ended); /* nobody will ask */
}

int janitor_wait(struct janitor *janitor, uint32_t number, int patience, struct ended *ret)
{
	int64_t deadline = await_until(patience);
	struct packet packet = { .bytes = talk_room() };

	if (janitor->near && near_has(janitor->near, number))
		return near_wait(janitor->near, number, patience, ret);
	while (find_exit(janitor, number, ret) < 0) {
		int64_t left = patience < 0 ? AWAIT_FOREVER : deadline - clock_ms();
		if (hear(janitor, SAY_EXIT, left < 0 && patience >= 0 ? 0 : (int)left, &packet) < 0)
			return -1;
		packet_close(&packet);
	}
	return 0;
}

void janitor_journal(struct janitor *janitor, const char *path)
{
	if (janitor->socket < 0) {
		near_journal(janitor->near, path);
		return;
	}
	cleanup_fd int file = journal_open(path);
	tell(janitor, ASK_JOURNAL, path, strlen(path) + 1, file);
}

void janitor_hold(struct janitor *janitor, int number, int parent)
{
	if (janitor->near)
		near_hold(janitor->near, number, parent);
	LIST_FIT(janitor->held, janitor->held_count + 1);
	janitor->held[janitor->held_count++] = number;
	tell(janitor, ASK_HOLD, &number, sizeof(number), parent);
}

void janitor_let_go(struct janitor *janitor, int number)
{
	size_t i = janitor->held_count;

	if (janitor->near)
		near_let_go(janitor->near, number);
	while (i > 0 && janitor->held[i - 1] != number)
		i--;
	if (i == 0)
		return;
	janitor->held[i - 1] = janitor->held[--janitor->held_count];
	tell(janitor, ASK_LET_GO, &number, sizeof(number), -1);
}

int janitor_collect(struct janitor *janitor, int pipe, int ring, struct error *err)
{
	struct packet packet = { .bytes = "", .fds = { pipe, ring }, .fd_count = 2 };

	if (talk_send(janitor->socket, (struct header){ ASK_COLLECT, 0 }, &packet) < 0)
		return fail_lost(janitor, errno, err);
	return 0;
}

void janitor_catch_up(struct janitor *janitor)
{
	struct packet packet = { .bytes = talk_room() };

	if (janitor->socket < 0)
		return;
	if (tell(janitor, ASK_CATCH_UP, "", 0, -1) < 0 ||
	    hear(janitor, SAY_DONE, ANSWER, &packet) < 0)
		give_up(janitor);
}

pid_t janitor_pid(const struct janitor *janitor)
{
	return janitor->socket >= 0 ? janitor->pid : near_watcher(janitor->near);
}

size_t janitor_spares(const struct janitor *janitor, pid_t ret[JANITOR_SPARES])
{
	struct orphan own[NEAR_CHILDREN];
	size_t count = janitor->near ? near_children(janitor->near, own) : 0;

	ret[0] = janitor_pid(janitor);
	for (size_t i = 0; i < count; i++)
		ret[1 + i] = own[i].pid;
	return 1 + count;
}

struct near *janitor_takes_near(const struct janitor *janitor)
{
	return janitor->socket < 0 && near_has_room(janitor->near) ? janitor->near : NULL;
}

bool janitor_lives(const struct janitor *janitor)
{
	struct pollfd end = { .fd = janitor->socket, .events = POLLIN };
	int n;

	do
		n = poll(&end, 1, 0);
	while (n < 0 && errno == EINTR);
	/* Where that cannot be asked, what is asked of it next shows it. */
	return !janitor->lost && !(n > 0 && end.revents & POLLHUP);
}

void janitor_dismiss(struct janitor **janitor)
{
	if (*janitor && ((*janitor)->socket >= 0 || !near_dismiss((*janitor)->near)))
		janitor_free(steal_ptr(janitor));
}

void janitor_free(struct janitor *janitor)
{
	int status;

	if (!janitor)
		return;
	near_free(janitor->near);
	if (janitor->socket >= 0) {
		tell(janitor, ASK_QUIT, "", 0, -1);
		close(janitor->socket);
		await_exit(janitor->pid, ANSWER, &status);
	}
	free(janitor->exits);
	free(janitor->held);
	free(janitor);
}
