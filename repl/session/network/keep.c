/* What a step takes away from a network, known before. A wire has an end in another network namespace, which goes
 * with its own: what that was, is known too. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "child/child.h"
#include "ops/plan.h"
#include "session/network/network.h"
#include "session/network/restore.h"
#include "snapshot/network/network.h"

/* A network namespace by one of its processes: a descriptor would keep its wires alive. pid 0: none. */
struct far_network {
	pid_t pid;
	dev_t device;
	ino_t inode;
	struct network network;
};

struct kept_network {
	struct network own;
	struct far_network far;
	int wire; /* the number of the interface that leads there */
};

/* ---- before the step ---- */

static int open_net(pid_t pid)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool keep_far(pid_t pid, struct kept_network *kept, int index)
{
	struct far_network *far = &kept->far;
	struct error ignored;
	struct stat st;

	network_find_peers(pid, &kept->own);
	const struct link *near = network_link(&kept->own, index);
	cleanup_fd int net = near->peer && !near->peer_here && !far->pid ? open_net(near->peer) : -1;
	if (net < 0 || fstat(net, &st) < 0 || network_read(near->peer, &far->network, &ignored) < 0)
		return false;
	const struct link *end = network_link(&far->network, near->on);
	*far = (struct far_network){ near->peer, st.st_dev, st.st_ino, far->network };
	kept->wire = index;
	return end && end->on == index && network_makeable(&far->network, end);
}

/* Whether what the plan takes away from the network can be made again. */
static bool keep_ends(const struct plan *plan, pid_t pid, struct kept_network *kept)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct op *op = &plan->ops[i].op;
		const struct link *link = op->kind == OP_link_del ? network_called(&kept->own, op->link_del.name) : NULL;
		if (link && (!network_makeable(&kept->own, link) ||
			     (link->elsewhere >= 0 && !keep_far(pid, kept, link->index))))
			return false;
	}
	return true;
}

void network_keep(const struct plan *plan, pid_t pid, struct kept_network **ret)
{
	struct error ignored;
	bool wanted = false;

	network_drop(steal_ptr(ret));
	for (size_t i = 0; i < plan->count && plan->child == PLAN_CURRENT; i++)
		wanted = wanted || (op_takes_away(&plan->ops[i].op) && !(plan->ops[i].flags & PLAN_ON_HOST));
	if (!wanted)
		return;
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		out_of_memory();
	if (network_read(pid, &(*ret)->own, &ignored) < 0 || !keep_ends(plan, pid, *ret))
		network_drop(steal_ptr(ret));
}

void network_drop(struct kept_network *kept)
{
	if (!kept)
		return;
	network_done(&kept->own);
	network_done(&kept->far.network);
	free(kept);
}

int network_enter(struct child *child, pid_t from, struct error *err)
{
	struct planned join = { .op = op_new(OP_setns) };
	struct op_outcome outcome = { 0 };
	cleanup_fd int net = open_net(from);

	if (net < 0)
		return fail(err, errno, "open /proc/%d/ns/net", from);
	join.op.setns.fd.fd = net;
	join.op.setns.nstype = CLONE_NEWNET;
	if (child_do(child, &join, 1, &outcome, err) < 0)
		return -1;
	return outcome.code ? fail(err, outcome.code, "setns to the net namespace of process %d", from) : 0;
}

/* ---- back ---- */

static bool is_there_still(const struct far_network *far, int net)
{
	struct stat st;

	return net >= 0 && fstat(net, &st) == 0 && st.st_dev == far->device && st.st_ino == far->inode;
}

static struct op wire_of(const struct link *near, int from, const struct link *far, int to)
{
	struct op op = op_new(OP_wire);

	op.wire.name = near->name;
	op.wire.index = (uint64_t)near->index;
	op.wire.from = (struct op_fd){ .path = "/proc/%p/ns/net", .fd = from };
	op.wire.peer = far->name;
	op.wire.peer_index = (uint64_t)far->index;
	op.wire.to = (struct op_fd){ .path = "/proc/%p/ns/net", .fd = to };
	return op;
}

/* The kernel asks for rights over both network namespaces. Who has them in the one whose user namespace lies above the
 * other's has them in both: which of the two that is, only trying tells. */
static int make_wire(const struct child *child, const struct kept_network *was, struct error *err)
{
	const struct link *near = network_link(&was->own, was->wire), *far = network_link(&was->far.network, near->on);
	const struct op_stage stage = { .pid = child->pid, .proc = -1 };
	cleanup_fd int from = open_net(child->pid), to = open_net(was->far.pid);
	struct op_outcome outcome;

	if (from < 0 || !is_there_still(&was->far, to))
		return fail_id(err, ERR_LEFT_ALONE, 0, "process %d is not where the wire led", was->far.pid);
	struct op there = wire_of(near, from, far, to), here = wire_of(far, to, near, from);
	if (op_run(&there, &stage, &outcome) < 0 && op_run(&here, &stage, &outcome) < 0)
		return fail(err, outcome.code, "making a wire again");
	return 0;
}

int network_bring_back(struct child *child, const struct kept_network *was, struct error *err)
{
	const struct restore_place places[] = { { child->pid, child }, { was->far.pid, NULL } };
	const struct network *networks[] = { &was->own, &was->far.network };
	size_t count = was->far.pid ? 2 : 1;

	if (was->far.pid && make_wire(child, was, err) < 0)
		return -1;
	/* A route needs the interface up, and of IPv6 both ends of the wire. */
	for (size_t i = 0; i < 2 * count; i++)
		if (network_restore(&places[i % count], networks[i % count], i < count ? RESTORE_LINKS : RESTORE_ROUTES, err) < 0)
			return -1;
	for (size_t i = 0; i < count; i++)
		if (network_prove(&places[i], networks[i], err) < 0)
			return -1;
	return 0;
}
