/* The ops that start a process of the session's: OP_forward and OP_outlet. */
#include "session/host/forward/made.h"

#include <errno.h>
#include <stdio.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/net/inside.h"
#include "base/syscalls.h"
#include "ops/op.h"
#include "session/host/forward/outlet.h"
#include "session/host/forward/ties.h"

bool forward_of_op(const struct op *op, struct forward *ret)
{
	*ret = (struct forward){ .port = (uint16_t)op->forward.port, .to_port = (uint16_t)op->forward.to_port,
				 .datagrams = op->forward.datagrams };
	return address_parse(op->forward.at, &ret->at) && address_parse(op->forward.to, &ret->to);
}

static struct forwarder *start_forwarder(const struct op *op, const struct inside *inside, struct error *err)
{
	struct forward forward;
	int pid;

	if (!forward_of_op(op, &forward)) {
		fail(err, EINVAL, "the addresses of port %d", (int)op->forward.port);
		return NULL;
	}
	bool of_process = sscanf(op->forward.net.path, "/proc/%9d/", &pid) == 1;
	cleanup_fd int owner = of_process ? sys_pidfd_open(pid) : -1;
	return forwarder_new(&forward, inside->owner, inside->net, owner, err);
}

static struct forwarder *start_outlet(const struct op *op, const struct inside *inside, struct error *err)
{
	const struct outlet outlet = { op->outlet.program, op->outlet.name, op->outlet.dns, op->outlet.pasta };

	return outlet_new(&outlet, inside, err);
}

int forward_make(const struct op *op, struct ties *ties, struct op_outcome *outcome, struct error *err)
{
	cleanup_inside struct inside inside = { -1, -1 };
	struct forwarder *forwarder = NULL;

	*outcome = (struct op_outcome){ .before = -1, .fds = { -1, -1, -1 } };
	if (inside_of(op->kind == OP_forward ? op->forward.net.fd : op->outlet.net.fd, &inside) < 0)
		fail(err, errno, "the network namespace of the router");
	else
		forwarder = op->kind == OP_forward ? start_forwarder(op, &inside, err) : start_outlet(op, &inside, err);
	if (forwarder) {
		ties_add_forwarder(ties, forwarder);
		return 0;
	}
	outcome->code = err->code ? err->code : ENETUNREACH;
	return -1;
}
