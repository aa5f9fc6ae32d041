/* session/host/forward: ports of the host's that lead into another network namespace, and the way out of one.
 * May include: ops base.
 * Never: changes a namespace of the shell's, or makes a file.
 * Begin at: forward.h, then start.c. The way out is outlet.c. */
/* The forwarder: a process that listens on a port of the host's and, for each client, connects to an
 * address in another network namespace. It needs no privilege on the host and no rule of a firewall,
 * and the host's own loopback reaches it as well: docker's docker-proxy does the same.
 *
 * The listening socket is made by the shell and stays in the host's namespace; the process then joins
 * the other one, and what it opens from there on belongs to that: network_namespaces(7). As long as it
 * lives, so does the namespace that it has joined. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/net/address.h"

struct error;
struct forwarder;

/* Where it listens and where that leads. Port 0 listens on one that the kernel chooses. */
struct forward {
	struct address at, to;
	uint16_t port, to_port;
	bool datagrams; /* UDP; else TCP */
};

/* Start one. net: descriptor of the namespace it connects in; user: of the user namespace that owns
 * it, which is joined first, or -1 where the caller may join net as it is; owner: a pidfd of the process
 * whose namespace that is, or -1. All stay the caller's. The process gives up every capability, cannot be
 * traced, and ends with the caller and with that process, whose namespace it would keep alive. NULL with err:
 * ERR_PORT_USED, ERR_PORT_RESERVED, or what the kernel refused. */
struct forwarder *forwarder_new(const struct forward *forward, int user, int net, int owner, struct error *err);

/* The port of the host's. */
uint16_t forwarder_port(const struct forwarder *forwarder);

pid_t forwarder_pid(const struct forwarder *forwarder);

/* Whether it has the host's port that another asks for, or a part of it. */
bool forwarder_has(const struct forwarder *forwarder, const struct forward *forward);

/* Whether it has ended by itself. Where it was killed, news gets a line that says so. */
struct text;
bool forwarder_ended(const struct forwarder *forwarder, struct text *news);

/* End it, and with it every connection, and wait for that. NULL is none. */
void forwarder_free(struct forwarder *forwarder);
