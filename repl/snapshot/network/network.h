/* snapshot/network: the interfaces, addresses and routes of a network namespace.
 * May include: snapshot base.
 * Never: changes anything in it.
 * Begin at: network.h, then read.c. */
/* A network namespace as rtnetlink(7) tells it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/net/address.h"
#include "base/arena.h"

struct error;

/* An interface. Strings live in the reading's arena and are as the kernel has them: not visible. */
struct link {
	int index;
	const char *name, *type; /* type: "veth", "bridge"; "" where the kernel names none */
	unsigned flags;          /* IFF_*, netdevice(7) */
	uint32_t mtu;
	unsigned char mac[6];
	bool has_mac;
	uint8_t operstate; /* IF_OPER_*, RFC 2863 */
	int master;        /* the interface it is part of; 0 for none */
	int on;            /* the interface below it, or a veth's other end; 0 for none */
	int elsewhere;     /* the number, here, of the namespace that on is in; -1 for this one */
};

struct link_address {
	int index; /* of its interface */
	struct address address;
};

/* A route of the main table. */
struct route {
	struct address to, via; /* to.prefix 0: all; via.family 0: none, directly */
	int index;              /* the interface it leaves by, 0 for none */
	uint32_t metric;
	uint8_t type;           /* RTN_*: unicast, blackhole, ... */
};

struct network {
	struct arena arena;
	struct link *links;
	struct link_address *addresses;
	struct route *routes;
	size_t link_count, link_room, address_count, address_room, route_count, route_room;
	int hosts; /* the number that this namespace gives the shell's own; -1 for none */
};

/* Read the network namespace of a process. Where it is not this process's own, a helper process joins
 * it, for this one never leaves its namespaces; it has ended when this returns. 0, or -1 with err:
 * EPERM where the namespace's owner is a user namespace that this user does not own. */
int network_read(pid_t pid, struct network *ret, struct error *err);
void network_done(struct network *network);
#define cleanup_network __attribute__((cleanup(network_done)))

/* The interface of this number, NULL for none. */
const struct link *network_link(const struct network *network, int index);
