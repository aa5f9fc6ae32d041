#include "session/host/janitor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"
#include "base/process/seal.h"
#include "base/process/title.h"
#include "child/child.h"
#include "child/talk.h"
#include "session/host/collect.h"
#include "session/host/freezer.h"
#include "session/host/journal.h"
#include "session/host/orphans.h"
#include "session/host/runtime.h"
#include "snapshot/facts.h"

/* How the program is called as the janitor, so that main() knows it. */
#define JANITOR "stave-janitor"

/* What the two say to each other, in the header's tag. What is numbered is about the child whose
 * number is the header's serial. */
enum {
	ASK_START = 100, /* numbered; a clone op; beside: the child's socket and perhaps a cgroup */
	ASK_END,         /* numbered */
	ASK_JOURNAL,     /* path; beside: the file */
	ASK_HOLD,        /* int number; beside: the folder */
	ASK_LET_GO,      /* int number */
	ASK_COLLECT,     /* beside: a pipe and the ring for what comes out of it */
	ASK_CATCH_UP,
	ASK_QUIT,
	SAY_STARTED,     /* an outcome */
	SAY_DONE,
	SAY_EXIT,        /* numbered; wait(2)'s status */
};

/* How a child has ended. */
struct exit {
	uint32_t number;
	int status;
};

enum {
	ANSWER = 10000, /* ms in which it has to answer */
	ENDING = 2000,    /* ms that a killed child may take to end, until the janitor goes on */
};

/* ---- the shell's side ---- */

struct janitor {
	int socket;
	pid_t pid;
	bool lost; /* it did not answer, or not what was asked */
	struct exit *exits;
	size_t exit_count;
};

static _Noreturn void janitor_main(int socket, int terminal, const char *folder);

/* In the new process: become the sealed program, which goes on in janitor_begin(). Nothing of the
 * shell's memory or environment comes along. */
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
	_exit(126);
}

bool janitor_begin(int argc, char **argv)
{
	if (argc != 4 || strcmp(argv[0], JANITOR) != 0)
		return false;
	janitor_main(atoi(argv[1]), atoi(argv[2]), argv[3]);
}

struct janitor *janitor_new(int terminal, const char *folder, const char *program,
			    struct error *err)
{
	cleanup_fd int sealed = program ? seal_program(program) : -1;
	int ends[2];

	if (program && sealed < 0) {
		fail(err, errno, "a sealed copy of the shell in memory");
		fail_why(err, "a program in a container may open it as /proc/PID/exe, and must not reach "
			 "the shell's own file");
		fail_fix(err, "sysctl vm.memfd_noexec must not be 2");
		return NULL;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		fail(err, errno, "socketpair");
		return NULL;
	}
	cleanup_fd int ours = ends[0], theirs = ends[1];
	/* Should the janitor itself be killed, its orphans come to the shell. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid_t pid = fork();
	if (pid < 0) {
		fail(err, errno, "fork of the janitor");
		return NULL;
	}
	if (pid == 0 && program)
		become(sealed, theirs, terminal, folder);
	if (pid == 0)
		janitor_main(theirs, terminal, folder);
	struct janitor *janitor = calloc(1, sizeof(*janitor));
	if (!janitor)
		out_of_memory();
	janitor->socket = steal_fd(&ours);
	janitor->pid = pid;
	talk_bound(janitor->socket, ANSWER);
	return janitor;
}

static int tell(struct janitor *janitor, uint32_t tag, const void *bytes, size_t length, int fd)
{
	struct packet packet = { .bytes = (char *)bytes, .length = length };

	if (fd >= 0)
		packet.fds[packet.fd_count++] = fd;
	return talk_send(janitor->socket, (struct header){ tag, 0 }, &packet);
}

static void note_exit(struct janitor *janitor, uint32_t number, const struct packet *packet)
{
	struct exit *exits = reallocarray(janitor->exits, janitor->exit_count + 1, sizeof(*exits));

	if (!exits)
		out_of_memory();
	janitor->exits = exits;
	exits[janitor->exit_count].number = number;
	memcpy(&exits[janitor->exit_count++].status, packet->bytes, sizeof(int));
}

/* Receive until tag comes; exits on the way are noted. 0, or -1 with errno: ETIMEDOUT, EINTR, or
 * EPIPE when the janitor is gone. */
static int hear(struct janitor *janitor, uint32_t tag, int patience, struct packet *packet)
{
	int64_t deadline = await_until(patience);
	struct header header;
	int n;

	while (await_readable(janitor->socket, deadline) == 0) {
		n = talk_receive(janitor->socket, &header, packet, NULL);
		if (n == 0)
			errno = EPIPE;
		if (n <= 0)
			return -1;
		if (header.tag == SAY_EXIT && packet->length == sizeof(int))
			note_exit(janitor, header.serial, packet);
		if (header.tag == tag)
			return 0;
		packet_close(packet);
	}
	return -1;
}

/* What does not answer, or may answer to another question, is of no use: it goes, and with it those
 * that it is the parent of. SIGKILL ends a stopped process, too. */
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
		fail_why(err, "its state is %s; it is ended, and its children with it", state);
	} else if (code == EINTR) {
		fail(err, code, "no answer yet from the janitor (pid %d), parent of the child", janitor->pid);
		fail_why(err, "its state is %s; it is ended, and its children with it", state);
	} else if (code == EPIPE || code == ECONNRESET) {
		fail_id(err, ERR_CHILD_GONE, EPIPE, "the janitor (pid %d), parent of the child, was killed", janitor->pid);
	} else {
		fail(err, code, "talking to the janitor (pid %d), parent of the child", janitor->pid);
	}
	give_up(janitor);
	return fail_fix(err, "reset starts another");
}

struct child *janitor_start(struct janitor *janitor, uint32_t number, const struct op *clone,
			    struct op_outcome *outcome, struct error *err)
{
	struct packet packet = { .bytes = talk_room() };
	struct planned planned = { .op = *clone };
	char nobody[65];
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		fail(err, errno, "socketpair");
		return NULL;
	}
	cleanup_fd int ours = ends[0], theirs = ends[1];
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
	if (outcome->code) {
		fail(err, outcome->code, "clone3");
		return NULL;
	}
	struct child *child = child_new(steal_fd(&ours), (pid_t)outcome->value, outcome->fds[0]);
	child->number = number;
	return child;
}

static int find_exit(struct janitor *janitor, uint32_t number, int *status)
{
	for (size_t i = 0; i < janitor->exit_count; i++)
		if (janitor->exits[i].number == number) {
			*status = janitor->exits[i].status;
			janitor->exits[i] = janitor->exits[--janitor->exit_count];
			return 0;
		}
	return -1;
}

void janitor_end(struct janitor *janitor, uint32_t number)
{
	const struct packet nothing = { 0 };
	struct packet packet = { .bytes = talk_room() };
	int status;

	if (talk_send(janitor->socket, (struct header){ ASK_END, number }, &nothing) < 0 ||
	    hear(janitor, SAY_DONE, ANSWER, &packet) < 0)
		give_up(janitor);
	find_exit(janitor, number, &status); /* nobody will ask */
}

int janitor_wait(struct janitor *janitor, uint32_t number, int patience, int *status)
{
	int64_t deadline = await_until(patience);
	struct packet packet = { .bytes = talk_room() };

	while (find_exit(janitor, number, status) < 0) {
		int64_t left = patience < 0 ? AWAIT_FOREVER : deadline - clock_ms();
		if (hear(janitor, SAY_EXIT, left < 0 && patience >= 0 ? 0 : (int)left, &packet) < 0)
			return -1;
		packet_close(&packet);
	}
	return 0;
}

void janitor_journal(struct janitor *janitor, const char *path)
{
	cleanup_fd int file = journal_open(path);

	tell(janitor, ASK_JOURNAL, path, strlen(path) + 1, file);
}

void janitor_hold(struct janitor *janitor, int number, int parent)
{
	tell(janitor, ASK_HOLD, &number, sizeof(number), parent);
}

void janitor_let_go(struct janitor *janitor, int number)
{
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

	if (tell(janitor, ASK_CATCH_UP, "", 0, -1) < 0 ||
	    hear(janitor, SAY_DONE, ANSWER, &packet) < 0)
		give_up(janitor);
}

pid_t janitor_pid(const struct janitor *janitor)
{
	return janitor->pid;
}

bool janitor_lives(const struct janitor *janitor)
{
	struct pollfd end = { .fd = janitor->socket, .events = POLLIN };

	return !janitor->lost && poll(&end, 1, 0) >= 0 && !(end.revents & POLLHUP);
}

void janitor_free(struct janitor *janitor)
{
	int status;

	tell(janitor, ASK_QUIT, "", 0, -1);
	close(janitor->socket);
	await_exit(janitor->pid, ANSWER, &status);
	free(janitor->exits);
	free(janitor);
}

/* ---- the janitor's own side ---- */

struct started {
	uint32_t number;
	pid_t pid;
};

struct watch_over {
	int socket, signals, terminal;
	struct termios modes; /* of the terminal, as they are to be restored */
	pid_t shell;
	struct started *children; /* those it was asked to start, and that have not ended */
	size_t child_count;
	char folder[PATH_MAX]; /* the runtime folder */
	char journal[PATH_MAX];
	int journal_file;     /* itself, for its name goes with the runtime folder; -1: none */
	int *parents;         /* by record number, -1 where none */
	size_t parent_count;
	struct collection output; /* of programs in the background */
};

static _Noreturn void finish(struct watch_over *our, bool killed);

/* The shell waits for what it asked for: where that cannot be said, the end has to do. */
static void say_packet(struct watch_over *our, struct header header, const struct packet *packet)
{
	if (talk_send(our->socket, header, packet) < 0)
		finish(our, true);
}

static void say(struct watch_over *our, uint32_t tag, const void *bytes, size_t length)
{
	struct packet packet = { .bytes = (char *)bytes, .length = length };

	say_packet(our, (struct header){ tag, 0 }, &packet);
}

/* Take the child out of the list that has this pid, or where that is 0 this number, into *ret. */
static bool forget_child(struct watch_over *our, pid_t pid, uint32_t number, struct started *ret)
{
	for (size_t i = 0; i < our->child_count; i++)
		if (pid ? our->children[i].pid == pid : our->children[i].number == number) {
			*ret = our->children[i];
			our->children[i] = our->children[--our->child_count];
			return true;
		}
	return false;
}

static void start(struct watch_over *our, uint32_t number, struct packet *packet)
{
	cleanup_arena struct arena arena = { 0 };
	struct op_outcome outcome = { .code = EBADMSG, .fds = { -1, -1, -1 } };
	const struct op_stage nobody = { 0 };
	struct planned *ops;
	int socket = packet->fd_count ? packet->fds[--packet->fd_count] : -1;

	if (ops_unpack(packet, ON_HOST, &arena, &ops) == 1 && ops[0].op.kind == OP_clone) {
		op_run(&ops[0].op, &nobody, &outcome);
		if (outcome.code == 0 && outcome.value == 0)
			child_main(socket);
	}
	packet_close(packet);
	if (socket >= 0)
		close(socket);
	if (outcome.code == 0) {
		our->children = reallocarray(our->children, our->child_count + 1,
					     sizeof(*our->children));
		if (!our->children)
			out_of_memory();
		our->children[our->child_count++] = (struct started){ number, (pid_t)outcome.value };
	}
	struct packet reply = { .bytes = talk_room() };
	outcomes_pack(&outcome, 1, "", &reply);
	say_packet(our, (struct header){ SAY_STARTED, number }, &reply);
	packet_close(&reply);
}

static void end_orphans(const struct watch_over *our)
{
	cleanup_free pid_t *spare = calloc(our->child_count + 1, sizeof(*spare));

	if (!spare)
		out_of_memory();
	for (size_t i = 0; i < our->child_count; i++)
		spare[i] = our->children[i].pid;
	orphans_end(spare, our->child_count);
}

/* End one child; what it leaves comes to us, and belongs to it when no other child is left that
 * it could belong to. */
static void end(struct watch_over *our, uint32_t number)
{
	struct started child;
	int status;

	if (forget_child(our, 0, number, &child)) {
		kill(child.pid, SIGKILL); /* not waited for yet: the pid is still its own */
		await_exit(child.pid, ENDING, &status);
	}
	end_orphans(our);
	say(our, SAY_DONE, "", 0);
}

static void hold(struct watch_over *our, struct packet *packet)
{
	size_t number;
	int n;

	if (packet->length != sizeof(n) || packet->fd_count != 1)
		return;
	memcpy(&n, packet->bytes, sizeof(n));
	number = (size_t)n;
	while (our->parent_count <= number) {
		our->parents = reallocarray(our->parents, our->parent_count + 1, sizeof(int));
		if (!our->parents)
			out_of_memory();
		our->parents[our->parent_count++] = -1;
	}
	if (our->parents[number] >= 0)
		close(our->parents[number]);
	our->parents[number] = packet->fds[0];
	packet->fd_count = 0;
}

static void let_go(struct watch_over *our, const struct packet *packet)
{
	int n;

	if (packet->length != sizeof(n))
		return;
	memcpy(&n, packet->bytes, sizeof(n));
	if (n >= 0 && (size_t)n < our->parent_count && our->parents[n] >= 0)
		close(steal_fd(&our->parents[n]));
}

static void collect(struct watch_over *our, struct packet *packet)
{
	if (packet->fd_count != 2)
		return;
	collect_begin(&our->output, packet->fds[0], packet->fds[1]);
	packet->fd_count = 0;
}

static void keep_journal(struct watch_over *our, struct packet *packet)
{
	if (packet->length == 0 || packet->length > sizeof(our->journal))
		return;
	memcpy(our->journal, packet->bytes, packet->length);
	if (packet->fd_count != 1)
		return;
	our->journal_file = packet->fds[0];
	packet->fd_count = 0;
}

static void reap(struct watch_over *our)
{
	struct signalfd_siginfo signal;
	struct started child;
	pid_t pid;
	int status;

	if (read(our->signals, &signal, sizeof(signal)) < 0)
		return;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct packet packet = { .bytes = (char *)&status, .length = sizeof(status) };
		if (forget_child(our, pid, 0, &child))
			say_packet(our, (struct header){ SAY_EXIT, child.number }, &packet);
	}
}

/* Until all that a killed shell held is closed. Its socket may close before the rest does: files are
 * closed in no certain order. All of them are by the time its children get another parent. */
static void await_shell(const struct watch_over *our)
{
	enum { PATIENCE = 1000 /* ms */ };

	for (int i = 0; i < PATIENCE && getppid() == our->shell; i++)
		usleep(1000);
}

/* Let go of the runtime folder in the shell's place. */
static void leave_runtime(const struct watch_over *our)
{
	int hold = open(our->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (hold >= 0)
		runtime_leave(our->folder, hold);
}

/* The shell is gone, or takes its leave: nothing of it stays. */
static _Noreturn void finish(struct watch_over *our, bool killed)
{
	cleanup_text struct text told = { 0 };
	struct facts facts = { 0 };

	if (killed && our->child_count) {
		facts_cgroups(&facts);
		for (size_t i = 0; i < our->child_count; i++)
			freezer_release(&facts, our->children[i].pid);
	}
	orphans_end(NULL, 0);
	/* While the shell's hold on the child's mount namespace lasts, its mounts cover what is taken back:
	 * the folders were opened through there. */
	if (killed)
		await_shell(our);
	if (killed && our->journal[0])
		journal_recover(our->journal, our->journal_file, our->parents,
				our->parent_count, &told);
	if (killed)
		leave_runtime(our);
	/* SIGTTOU would stop a process in the background that sets a terminal's modes. */
	if (killed && our->terminal >= 0)
		tcsetattr(our->terminal, TCSANOW, &our->modes);
	_exit(0);
}

static void serve(struct watch_over *our)
{
	struct packet packet = { .bytes = talk_room() };
	struct header header;

	if (talk_receive(our->socket, &header, &packet, NULL) <= 0)
		finish(our, true);
	switch (header.tag) {
	case ASK_START:
		start(our, header.serial, &packet);
		break;
	case ASK_END:
		end(our, header.serial);
		break;
	case ASK_JOURNAL:
		keep_journal(our, &packet);
		break;
	case ASK_HOLD:
		hold(our, &packet);
		break;
	case ASK_LET_GO:
		let_go(our, &packet);
		break;
	case ASK_COLLECT:
		collect(our, &packet);
		break;
	case ASK_CATCH_UP:
		say(our, SAY_DONE, "", 0);
		break;
	case ASK_QUIT:
		finish(our, false);
	}
	packet_close(&packet);
}

/* Keep the socket and the terminal, let go of everything else the shell had open: the standard
 * descriptors lead to /dev/null, here and in all children. */
static void close_others(struct watch_over *our, int socket, int terminal)
{
	int null = open("/dev/null", O_RDWR);

	/* Out of the way of what is put in their places. */
	if (terminal >= 0)
		terminal = fcntl(terminal, F_DUPFD_CLOEXEC, 20);
	if (terminal >= 0 || socket == 3)
		socket = fcntl(socket, F_DUPFD_CLOEXEC, 20);
	for (int fd = 0; fd < 3; fd++)
		if (null >= 0)
			dup2(null, fd);
		else
			close(fd);
	our->socket = dup3(socket, 3, O_CLOEXEC);
	our->terminal = terminal >= 0 ? dup3(terminal, 4, O_CLOEXEC) : -1;
	close_from(terminal >= 0 ? 5 : 4);
	proc_closed();
}

static _Noreturn void janitor_main(int socket, int terminal, const char *folder)
{
	static struct watch_over our = { .journal_file = -1 };
	sigset_t mask;

	our.shell = getppid();
	close_others(&our, socket, terminal);
	snprintf(our.folder, sizeof(our.folder), "%s", folder);
	if (our.terminal >= 0)
		tcgetattr(our.terminal, &our.modes);
	/* Out of reach of the terminal's signals, of nohup, of a closed window. */
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	title_set("stave-janitor");
	sigfillset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	our.signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (our.signals < 0)
		_exit(1);
	for (;;) {
		struct pollfd *wait_for = collect_watch(&our.output);
		wait_for[0] = (struct pollfd){ our.socket, POLLIN, 0 };
		wait_for[1] = (struct pollfd){ our.signals, POLLIN, 0 };
		if (poll(wait_for, our.output.count + COLLECT_FIRST, -1) < 0)
			continue;
		/* Before a program's end is told: what it said stands before that. */
		collect_take(&our.output, wait_for);
		if (wait_for[1].revents)
			reap(&our);
		if (wait_for[0].revents)
			serve(&our);
	}
}
