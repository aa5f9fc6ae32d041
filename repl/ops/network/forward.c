/* Listen on a port of the host's and pass on what comes to an address in another network namespace. A process
 * of the session's does it, which the session starts: session/host/forward. */
#include <errno.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "at", FIELD_STRING, offsetof(struct op, forward.at) },
	{ "port", FIELD_NUMBER, offsetof(struct op, forward.port) },
	{ "to", FIELD_STRING, offsetof(struct op, forward.to) },
	{ "to_port", FIELD_NUMBER, offsetof(struct op, forward.to_port) },
	{ "datagrams", FIELD_BOOL, offsetof(struct op, forward.datagrams) },
	{ "net", FIELD_FD, offsetof(struct op, forward.net) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EADDRINUSE, "a process listens on this port of the host already", "choose another port of the host" },
	{ EACCES, "ports below sysctl net.ipv4.ip_unprivileged_port_start are reserved for CAP_NET_BIND_SERVICE", "choose a port of the host from 1024 on" },
	{ EADDRNOTAVAIL, "no interface of the host has this address", "net show host lists those that there are; two ports alone are for all of them" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)op, (void)stage, (void)outcome;
	errno = ENOSYS;
	return -1;
}

const struct op_info op_forward = {
	.name = "bind", .man = "ip(7)", .does = "pass port {port} of the host on to port {to_port} of {to}",
	.call = "bind(socket(AF_INET, {datagrams?SOCK_DGRAM}{datagrams!SOCK_STREAM}, 0), {at}:{port}); "
		"setns({net}, CLONE_NEWNET); connect({to}:{to_port})",
	.side = ON_HOST, .fields = fields, .hints = hints, .run = run,
};
