/* The loop that runs inside the child: receive ops, perform them, answer; reap what ends. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/process/title.h"
#include "child/child.h"
#include "child/talk.h"
#include "ops/place.h"

/* What the loop knows. */
struct loop {
	int socket, signals;
	bool hidden; /* an op has asked for not being dumpable */
	bool masked; /* one has asked for an umask */
	struct held place;
	int fs; /* what fsopen(2) and fsmount(2) leave for the next op, or -1 */
	int ruleset; /* and landlock_create_ruleset(2) */
	pid_t *programs; /* started by an op, and not ended yet */
	size_t program_count;
	struct op_outcome outcomes[WIRE_OPS];
};

/* Die with the parent, and let the shell of an ordinary user read our /proc: a change of ids or of
 * the user namespace clears both. prctl(2), PR_SET_PDEATHSIG and PR_SET_DUMPABLE. */
static void arm(const struct loop *loop)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, !loop->hidden);
}

/* The shell waits for it: if it cannot be sent, the end of the conversation has to do. */
static void tell(struct loop *loop, struct header header, const struct packet *packet)
{
	if (talk_send(loop->socket, header, packet) < 0)
		_exit(125);
}

static void note_program(struct loop *loop, pid_t pid)
{
	LIST_FIT(loop->programs, loop->program_count + 1);
	loop->programs[loop->program_count++] = pid;
}

/* Whether pid was one of the programs; it is forgotten. */
static bool forget_program(struct loop *loop, pid_t pid)
{
	for (size_t i = 0; i < loop->program_count; i++)
		if (loop->programs[i] == pid) {
			loop->programs[i] = loop->programs[--loop->program_count];
			return true;
		}
	return false;
}

static void tell_ended(struct loop *loop, const struct ended *ended)
{
	struct packet packet = { .bytes = (char *)ended, .length = sizeof(*ended) };

	tell(loop, (struct header){ TAG_ENDED, 0 }, &packet);
}

/* Report every program that has ended. Orphans that the init of a pid namespace adopts are reaped,
 * but not reported. */
static void reap(struct loop *loop)
{
	struct signalfd_siginfo signal;
	struct ended ended;

	if (read(loop->signals, &signal, sizeof(signal)) < 0)
		return;
	while (ended_collect(&ended, -1, WNOHANG, false))
		if (forget_program(loop, ended.pid))
			tell_ended(loop, &ended);
}

/* PID 1 cannot kill itself; 128 + N says the same. */
static _Noreturn void end_as(int status)
{
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	signal(WTERMSIG(status), SIG_DFL);
	kill(getpid(), WTERMSIG(status));
	_exit(128 + WTERMSIG(status));
}

/* What a process does after its successor has taken over: stay until the successor ends, and end the
 * same way. The init of a pid namespace may not exit, or the kernel would kill its successor. It
 * still reports the programs that it started, because nobody else is their parent. After the last
 * one it closes the socket: execve(2) in the successor has to close the last copy of that end. */
static _Noreturn void keep(struct loop *loop, pid_t successor)
{
	struct ended ended;
	sigset_t none;

	close(loop->signals);
	title_set("stave-keeper");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (;;) {
		if (!loop->program_count && loop->socket >= 0)
			close(steal_fd(&loop->socket));
		ended_collect(&ended, -1, 0, false);
		if (ended.pid == successor)
			end_as(ended.status);
		if (ended.pid > 0 && forget_program(loop, ended.pid))
			tell_ended(loop, &ended);
		if (ended.pid < 0 && errno == ECHILD)
			_exit(0);
	}
}

/* Its end before this is not taken for the program's beginning. */
static void tell_becomes(struct loop *loop, uint32_t serial)
{
	const struct packet nothing = { 0 };

	tell(loop, (struct header){ TAG_BECOMES, serial }, &nothing);
}

/* Perform the batch; returns how many ops were performed, a failing one included. */
static size_t perform(struct loop *loop, uint32_t serial, const struct planned *ops, size_t count)
{
	const struct op_stage stage = { .fs = &loop->fs, .ruleset = &loop->ruleset,
					.place = &loop->place, .hidden = &loop->hidden,
					.masked = &loop->masked };

	for (size_t i = 0; i < count; i++) {
		const struct op_info *info = op_info(ops[i].op.kind);
		struct op_outcome *outcome = &loop->outcomes[i];
		if (info->becomes)
			tell_becomes(loop, serial);
		int failed = op_run(&ops[i].op, &stage, outcome);
		if (!failed && info->forks && outcome->value > 0)
			keep(loop, (pid_t)outcome->value);
		if (!failed && info->forks) /* its parent's programs are not its own */
			loop->program_count = 0;
		if (!failed && info->starts && !info->becomes)
			note_program(loop, (pid_t)outcome->value);
		if (!failed && (op_disarms(&ops[i].op) || (info->forks && outcome->value == 0)))
			arm(loop);
		if (!plan_passes(&ops[i], outcome)) {
			/* What is half put together is of no use to anybody. */
			if (loop->fs >= 0)
				close(steal_fd(&loop->fs));
			if (loop->ruleset >= 0)
				close(steal_fd(&loop->ruleset));
			return i + 1;
		}
	}
	return count;
}

static void answer(struct loop *loop, uint32_t serial, size_t done)
{
	struct packet packet = { .bytes = talk_room() };
	struct utsname names;

	uname(&names);
	outcomes_pack(loop->outcomes, done, names.nodename, &packet);
	tell(loop, (struct header){ TAG_OUTCOMES, serial }, &packet);
	packet_close(&packet); /* they are the shell's now */
}

/* Serve one request. False when the conversation is over. */
static bool serve(struct loop *loop)
{
	cleanup_arena struct arena arena = { 0 };
	struct packet packet = { .bytes = talk_room() };
	struct header header;
	struct planned *ops;

	int n = talk_receive(loop->socket, &header, &packet, NULL);
	if (n < 0 && errno == EMFILE) {
		loop->outcomes[0] = (struct op_outcome){ .code = EMFILE, .fds = { -1, -1, -1 } };
		answer(loop, header.serial, 1);
		return true;
	}
	/* Where memory is short it reads again. */
	if (n <= 0)
		return n < 0 && (errno == EBADMSG || errno_may_pass(errno));
	bool folded = header.tag == TAG_DO_LONG && talk_unfold(&packet) == 0;
	cleanup_free char *unfolded = folded ? packet.bytes : NULL;

	(void)unfolded; /* freed at the end */
	int count = header.tag == TAG_DO || folded ? ops_unpack(&packet, IN_CHILD, &arena, &ops) : -1;
	size_t done = count > 0 ? perform(loop, header.serial, ops, (size_t)count) : 0;
	packet_close(&packet);
	answer(loop, header.serial, done);
	return true;
}

static void close_all_but(int *socket)
{
	if (*socket != 3) {
		dup3(*socket, 3, O_CLOEXEC);
		*socket = 3;
	}
	close_from(4);
}

/* CLONE_CLEAR_SIGHAND has reset the shell's handlers, and after setsid(2) no terminal sends
 * signals. */
static int take_signals(void)
{
	sigset_t mask;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

_Noreturn void child_main(int socket)
{
	static struct loop loop;

	arm(&loop);
	setsid();
	umask(0); /* modes are what the ops say; programs get 022, ops/program/umask.c */
	title_set("stave-child");
	close_all_but(&socket);
	loop.socket = socket;
	loop.fs = loop.ruleset = loop.place.root = loop.place.folder = -1;
	loop.signals = take_signals();
	if (loop.signals < 0)
		_exit(125);
	for (;;) {
		struct pollfd wait_for[] = { { loop.socket, POLLIN, 0 }, { loop.signals, POLLIN, 0 } };
		if (poll(wait_for, 2, -1) < 0)
			continue;
		if (wait_for[1].revents)
			reap(&loop);
		if (wait_for[0].revents && !serve(&loop))
			_exit(0);
	}
}
