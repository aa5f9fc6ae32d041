/* The janitor itself: a loop that serves the shell and waits for its end. */
#include "session/host/janitor_talk.h"

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
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/process/proc.h"
#include "base/process/signal.h"
#include "base/process/title.h"
#include "child/child.h"
#include "child/talk.h"
#include "session/host/collect.h"
#include "session/host/freezer.h"
#include "session/host/janitor.h"
#include "session/host/journal.h"
#include "session/host/orphans.h"
#include "session/host/runtime.h"
#include "session/host/near/near.h"
#include "snapshot/facts.h"

enum {
	ENDING = 2000, /* ms that a killed child may take to end, until the janitor goes on */
	LEAVING = 500, /* and what a killed shell had forked, to let go of the runtime folder */
};

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
	struct orphan near[NEAR_CHILDREN]; /* children of the shell's own */
	size_t near_count;
	struct collection output; /* of programs in the background */
};

static _Noreturn void finish(struct watch_over *our, bool killed);

/* The shell waits for an answer: if it cannot be sent, the end of this process has to do. */
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

/* Move the child with this pid, or if that is 0 with this number, from the list to *ret. */
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
		LIST_FIT(our->children, our->child_count + 1);
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

/* End one child. We adopt its orphans; they are its own if no other child is left that they could
 * belong to. */
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
	if (n < 0)
		return;
	number = (size_t)n;
	while (our->parent_count <= number) {
		LIST_FIT(our->parents, our->parent_count + 1);
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
	struct ended ended;

	if (read(our->signals, &signal, sizeof(signal)) < 0)
		return;
	while (ended_collect(&ended, -1, WNOHANG, true)) {
		struct packet packet = { .bytes = (char *)&ended, .length = sizeof(ended) };
		if (forget_child(our, ended.pid, 0, &child))
			say_packet(our, (struct header){ SAY_EXIT, child.number }, &packet);
	}
}

/* Wait until all that a killed shell held is closed. Its socket may close before the rest, because
 * the order is not defined. All are closed by the time its children get another parent. */
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
		runtime_leave(our->folder, hold, LEAVING);
}

/* The shell is gone, or says that it ends: remove all that it made. */
static _Noreturn void finish(struct watch_over *our, bool killed)
{
	cleanup_text struct text told = { 0 };
	struct facts facts = { 0 };

	our->near_count = killed ? near_orphans(our->near, our->near_count) : 0;
	if (killed && (our->child_count || our->near_count)) {
		facts_cgroups(&facts);
		for (size_t i = 0; i < our->child_count; i++)
			freezer_release(&facts, our->children[i].pid);
	}
	for (size_t i = 0; i < our->near_count; i++) {
		freezer_release(&facts, our->near[i].pid);
		near_end_orphan(&our->near[i]);
	}
	orphans_end(NULL, 0);
	/* While the shell's hold on the child's mount namespace lasts, its mounts cover what is taken back:
	 * the folders were opened through there. */
	if (killed)
		await_shell(our);
	if (killed && our->journal[0])
		journal_recover(our->journal, our->journal_file, our->parents,
				our->parent_count, &told);
	/* SIGTTOU would stop a process in the background that sets a terminal's modes. */
	if (killed && our->terminal >= 0)
		tcsetattr(our->terminal, TCSANOW, &our->modes);
	if (killed)
		leave_runtime(our);
	_exit(0);
}

static void take_near(struct watch_over *our, struct packet *packet)
{
	struct orphan *near = &our->near[our->near_count];

	if (packet->length != sizeof(near->pid) || packet->fd_count != 1 || our->near_count == NEAR_CHILDREN)
		return;
	memcpy(&near->pid, packet->bytes, sizeof(near->pid));
	near->pidfd = packet->fds[0];
	packet->fd_count = 0;
	our->near_count++;
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
	case ASK_NEAR:
		take_near(our, &packet);
		break;
	case ASK_QUIT:
		finish(our, false);
	}
	packet_close(&packet);
}

/* Keep the socket and the terminal, and close everything else that the shell had open: the
 * standard descriptors lead to /dev/null, here and in all children. */
static void close_others(struct watch_over *our, int socket, int terminal)
{
	/* Out of the way of what is put in their places. */
	if (terminal >= 0)
		terminal = fcntl(terminal, F_DUPFD_CLOEXEC, 20);
	if (terminal >= 0 || socket == 3)
		socket = fcntl(socket, F_DUPFD_CLOEXEC, 20);
	if (fd_null_standard() < 0)
		_exit(1);
	our->socket = dup3(socket, 3, O_CLOEXEC);
	our->terminal = terminal >= 0 ? dup3(terminal, 4, O_CLOEXEC) : -1;
	close_from(terminal >= 0 ? 5 : 4);
	proc_closed();
}

_Noreturn void janitor_main(int socket, int terminal, const char *folder)
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
	signal_block_all();
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

_Noreturn void janitor_recover(struct remains *remains)
{
	static struct watch_over our = { .shell = -1, .socket = -1 };

	signal_block_all();
	fd_null_standard();
	our.terminal = remains->terminal;
	our.modes = remains->modes;
	our.journal_file = remains->journal_file;
	our.parents = remains->parents;
	our.parent_count = remains->parent_count;
	memcpy(our.near, remains->children, sizeof(our.near));
	our.near_count = remains->child_count;
	snprintf(our.folder, sizeof(our.folder), "%s", remains->folder);
	snprintf(our.journal, sizeof(our.journal), "%s", remains->journal);
	finish(&our, true);
}

bool janitor_begin(int argc, char **argv)
{
	struct remains remains;

	if (near_remains(argc, argv, &remains))
		janitor_recover(&remains);
	if (argc != 4 || strcmp(argv[0], JANITOR) != 0)
		return false;
	janitor_main(atoi(argv[1]), atoi(argv[2]), argv[3]);
}
