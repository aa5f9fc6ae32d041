#include "child/child.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/trace.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"
#include "child/talk.h"

enum {
	PATIENCE = 5000, /* ms for an answer, and for room to ask */
	NETWORK = 25000, /* ms more where one makes or changes a network */
	EACH = 50,       /* ms more for each further op of one message: a machine may be slow, and they many */
	FLOOD = 100      /* ms more, for a child that keeps talking of something else */
};

int child_pair(int ends[2], struct error *err)
{
	int on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(err, errno, "socketpair");
	if (setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0)
		return 0;
	fail(err, errno, "setsockopt SO_PASSCRED");
	close(ends[0]);
	close(ends[1]);
	return -1;
}

struct child *child_new(int socket, pid_t pid, int pidfd)
{
	struct child *child = calloc(1, sizeof(*child));

	if (!child)
		out_of_memory();
	child->socket = socket;
	child->pidfd = pidfd;
	child->pid = child->first = pid;
	child->proc = -1;
	talk_bound(socket, PATIENCE);
	return child;
}

void child_free(struct child *child)
{
	if (!child)
		return;
	close(child->socket);
	if (child->pidfd >= 0)
		close(child->pidfd);
	if (child->proc >= 0)
		close(child->proc);
	for (size_t i = 0; i < child->kept_count; i++) {
		free(child->kept[i].path);
		close(child->kept[i].fd);
	}
	free(child->kept);
	free(child->ended);
	free(child);
}

int child_proc(struct child *child)
{
	if (child->proc < 0)
		child->proc = proc_open(child->pid, child->pidfd);
	return child->proc;
}

void child_keep(struct child *child, const char *path, int fd)
{
	LIST_FIT(child->kept, child->kept_count + 1);
	child->kept[child->kept_count++] = (struct kept){ text_copy(path), fd };
}

void child_drop(struct child *child, const char *path)
{
	for (size_t i = child->kept_count; i-- > 0;) {
		if (strcmp(child->kept[i].path, path) != 0)
			continue;
		free(child->kept[i].path);
		close(child->kept[i].fd);
		child->kept_count--;
		memmove(&child->kept[i], &child->kept[i + 1],
			(child->kept_count - i) * sizeof(*child->kept));
		return;
	}
}

static void note_ended(struct child *child, const struct packet *packet)
{
	if (packet->length != sizeof(struct ended))
		return;
	LIST_FIT(child->ended, child->ended_count + 1);
	memcpy(&child->ended[child->ended_count++], packet->bytes, sizeof(struct ended));
}

/* A successor answers: it is the child now. The pid comes from the kernel, not from the child. */
static void note_sender(struct child *child, pid_t sender)
{
	if (sender <= 0 || sender == child->pid)
		return;
	cleanup_fd int pidfd = sys_pidfd_open(sender);
	struct pollfd end = { .fd = child->socket };
	/* Only it has the other end: while that is open, the number is still its own. */
	if (pidfd < 0 || poll(&end, 1, 0) < 0 || (end.revents & POLLHUP))
		return;
	if (child->pidfd >= 0)
		close(child->pidfd);
	child->pidfd = steal_fd(&pidfd);
	child->pid = sender;
	/* The folder that was kept is the predecessor's. */
	if (child->proc >= 0)
		close(steal_fd(&child->proc));
}

/* Receive until the last request is answered. Returns 1, 0 when the child is gone (becomes: as all was done but
 * the op by which it becomes a program), or -1. Other messages from the child do not extend its time. */
static int receive_answer(struct child *child, int patience, struct packet *packet, bool *becomes)
{
	int64_t deadline = await_until(patience);

	for (;;) {
		struct header header;
		pid_t sender;
		if (await_readable(child->socket, deadline) < 0)
			return -1;
		int n = talk_receive(child->socket, &header, packet, &sender);
		if (n <= 0)
			return n;
		if (header.tag == TAG_OUTCOMES && header.serial == child->serial) {
			note_sender(child, sender);
			return 1;
		}
		if (header.tag == TAG_ENDED)
			note_ended(child, packet);
		*becomes = *becomes || (header.tag == TAG_BECOMES && header.serial == child->serial);
		packet_close(packet);
		if (clock_ms() >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

static int fail_gone(struct child *child, struct error *err)
{
	child->gone = true;
	fail_id(err, ERR_CHILD_GONE, EPIPE, "the child (pid %d) is gone", child->pid);
	return fail_fix(err, "reset starts a fresh one; undo replays the steps before this one");
}

static int fail_silent(struct child *child, int code, int patience, struct error *err)
{
	if (code != ETIMEDOUT && code != EINTR)
		return fail(err, code, "talking to the child (pid %d)", child->pid);
	if (code == ETIMEDOUT)
		fail(err, code, "no answer from the child (pid %d) for %d seconds", child->pid, patience / 1000);
	else
		fail(err, code, "no answer from the child (pid %d)", child->pid);
	char state = process_stat(child->pid).state;
	fail_why(err, state == 'T' || state == 't' ? "its state is %s: SIGCONT lets it go on" :
		      state == 'D' ? "its state is %s: it waits in the kernel, as for a file system that does not answer" :
				     "its state is %s, and it does not come to answer, as where its cgroup is frozen", process_state(state));
	return fail_fix(err, "status shows its state; reset starts a fresh one");
}

int child_fail(struct child *child, int code, int patience, struct error *err)
{
	return code == EPIPE ? fail_gone(child, err) : fail_silent(child, code, patience, err);
}

/* The socket is close-on-exec: an end of file where the answer of execve(2) alone was due means that it succeeded. */
static int all_done(struct child *child, size_t count, struct op_outcome *outcomes)
{
	child->gone = true;
	for (size_t i = 0; i < count; i++)
		outcomes[i] = (struct op_outcome){ .fds = { -1, -1, -1 } };
	return (int)count;
}

static bool find_ended(struct child *child, pid_t inside, struct ended *ret)
{
	for (size_t i = 0; i < child->ended_count; i++)
		if (child->ended[i].pid == inside) {
			*ret = child->ended[i];
			child->ended[i] = child->ended[--child->ended_count];
			return true;
		}
	return false;
}

/* A new program may have the pid of one whose end is recorded: drop that record. */
static void drop_recycled(struct child *child, const struct planned *op,
			  const struct op_outcome *outcome)
{
	struct ended ended;

	if (outcome->code == 0 && op_info(op->op.kind)->starts)
		while (find_ended(child, (pid_t)outcome->value, &ended))
			continue;
}

/* Send one op that is too large for an ordinary message. */
static int send_long(struct child *child, const struct planned *op)
{
	cleanup_free char *bytes = malloc(WIRE_LONG);
	struct packet packet = { .bytes = bytes, .is_long = true };

	if (!bytes)
		out_of_memory();
	if (ops_pack(op, 1, &packet) < 0 || talk_fold(&packet) < 0)
		return -1;
	struct header header = { TAG_DO_LONG, ++child->serial };
	int failed = talk_send(child->socket, header, &packet);
	cleanup_fd int folded = packet.fds[packet.fd_count - 1];

	(void)folded; /* closed at the end */
	return failed;
}

/* Send as many ops as fit into one message. Returns how many, or -1 with errno set. */
static int send_some(struct child *child, const struct planned *ops, size_t count)
{
	struct packet packet = { .bytes = talk_room() };
	int sent = ops_pack(ops, count, &packet);

	if (sent < 0)
		return send_long(child, ops) < 0 ? -1 : 1;
	struct header header = { TAG_DO, ++child->serial };
	return talk_send(child->socket, header, &packet) < 0 ? -1 : sent;
}

/* Making a network namespace, and every change of a network, waits while the kernel destroys old ones of the
 * whole machine, which takes seconds if there are many: they share one lock, rtnl_mutex. */
static bool takes_network_lock(const struct op *op)
{
	return (op->kind == OP_unshare && (op->unshare.flags & CLONE_NEWNET)) ||
	       op_info(op->kind)->needs == CAP_NET_ADMIN;
}

int child_patience(const struct planned *ops, size_t count)
{
	int ret = PATIENCE + (count > 1 ? (int)(count - 1) * EACH : 0);

	for (size_t i = 0; i < count; i++)
		if (takes_network_lock(&ops[i].op))
			return ret + NETWORK;
	return ret;
}

/* One packet's worth. */
static int do_some(struct child *child, const struct planned *ops, size_t count,
		   struct op_outcome *outcomes, int *sent, struct error *err)
{
	struct packet packet = { .bytes = talk_room() };
	bool becomes = false;

	*sent = send_some(child, ops, count);
	if (*sent < 0 && errno == E2BIG)
		return fail(err, errno, "the arguments of %s are too long", op_info(ops->op.kind)->name);
	if (*sent < 0)
		return errno == EPIPE || errno == ECONNRESET ? fail_gone(child, err) :
							       fail_silent(child, errno, PATIENCE, err);
	int patience = child_patience(ops, (size_t)*sent);
	int n = receive_answer(child, patience, &packet, &becomes);
	TRACE(TRACE_WIRE, "pid %d, message %u: %s%s, answer %d", (int)child->pid, child->serial,
	      *sent ? op_info(ops->op.kind)->name : "no op", *sent > 1 ? " and more" : "", n);
	if (n == 0 && becomes && *sent > 0 && op_info(ops[*sent - 1].op.kind)->becomes)
		return all_done(child, (size_t)*sent, outcomes);
	if (n == 0)
		return fail_gone(child, err);
	if (n < 0)
		return fail_silent(child, errno, patience, err);
	n = outcomes_unpack(&packet, outcomes, (size_t)*sent, child->hostname);
	if (n < 0) {
		packet_close(&packet);
		return fail(err, EBADMSG, "a malformed answer from the child (pid %d)", child->pid);
	}
	for (int i = 0; i < n; i++) {
		TRACE(TRACE_WIRE, "pid %d, message %u: %s: %s", (int)child->pid, child->serial,
		      op_info(ops[i].op.kind)->name,
		      outcomes[i].code ? errno_name(outcomes[i].code) : "done");
		drop_recycled(child, &ops[i], &outcomes[i]);
	}
	return n;
}

int child_do(struct child *child, const struct planned *ops, size_t count,
	     struct op_outcome *outcomes, struct error *err)
{
	size_t done = 0;

	while (done < count) {
		int sent;
		int n = do_some(child, ops + done, count - done, outcomes + done, &sent, err);
		if (n < 0)
			return -1;
		done += (size_t)n;
		if (n < sent || n == 0)
			break;
		if (!plan_passes(&ops[done - 1], &outcomes[done - 1]))
			break;
	}
	return (int)done;
}

int child_greet(struct child *child, struct error *err)
{
	static const struct planned nothing;
	struct op_outcome none;
	int sent;

	return do_some(child, &nothing, 0, &none, &sent, err) < 0 ? -1 : 0;
}

bool child_ended(struct child *child, pid_t inside, int patience, struct ended *ret)
{
	int64_t deadline = await_until(patience), flood = await_until(patience + FLOOD);
	struct header header;

	while (!find_ended(child, inside, ret)) {
		if (child->gone || await_readable(child->socket, deadline) < 0)
			return false;
		struct packet packet = { .bytes = talk_room() };
		int n = talk_receive(child->socket, &header, &packet, NULL);
		if (n == 0)
			child->gone = true;
		if (n > 0 && header.tag == TAG_ENDED)
			note_ended(child, &packet);
		if (n > 0)
			packet_close(&packet);
		if (n < 0 || clock_ms() >= flood)
			return find_ended(child, inside, ret);
	}
	return true;
}
