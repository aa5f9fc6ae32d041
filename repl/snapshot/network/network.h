/* snapshot/network: the interfaces, addresses and routes of a network namespace.
 * May include: snapshot base.
 * Never: changes anything in it, but for the table that a trace needs while it lasts.
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
	const char *alias;       /* a note that somebody has made of it; "" */
	unsigned flags;          /* IFF_*, netdevice(7) */
	uint32_t mtu;
	unsigned char mac[6];
	bool has_mac;
	bool carrier;      /* whether there is somebody at the other end of the wire */
	uint8_t operstate; /* IF_OPER_*, RFC 2863; the kernel sets it up to a second after carrier */
	int master;        /* the interface it is part of; 0 for none */
	int on;            /* the interface below it, or a veth's other end; 0 for none */
	int elsewhere;     /* the number, here, of the namespace that on is in; -1 for this one */
	/* What network_find_peers() found of a link that leads elsewhere: a process in that namespace, 0
	 * for none that can be seen, the name there, "" for none, and whether it is this process's own. */
	pid_t peer;
	const char *peer_name;
	bool peer_here;
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

/* What is known of the hardware address of a neighbour: arp(7). */
struct neighbour {
	struct address address;
	int index; /* of the interface it is asked for on */
	unsigned char mac[6];
	bool has_mac;
	uint16_t state; /* NUD_*: NUD_REACHABLE, NUD_FAILED, ... */
};

/* A socket that waits for others. */
struct listener {
	struct address address; /* all zero: any */
	uint16_t port;
	bool udp;
	uint64_t inode;
	pid_t pid;        /* a process that has it open; 0 where none can be seen */
	const char *comm; /* its command; "" */
};

/* A chain of nftables(8), and a rule. hook, type and policy are "" of a chain that is only jumped to. */
struct nft_chain {
	const char *family, *table, *name, *type, *hook, *priority, *policy;
};
struct rule {
	size_t chain; /* which of the chains */
	const char *text;
	uint64_t handle;
};

/* What delays, loses or slows down packets on their way out of an interface: tc(8). */
struct qdisc {
	int index;
	const char *kind; /* "netem", "tbf"; only those that a person has set */
	uint32_t handle, parent;
	uint32_t delay_us, loss; /* netem's; loss: of UINT32_MAX */
	uint64_t rate;           /* tbf's, bytes a second */
};

/* Whether the rules are known. */
enum rules_known { RULES_READ, RULES_NONE, RULES_NO_NFT, RULES_UNREAD };

struct network {
	struct arena arena;
	struct link *links;
	struct link_address *addresses;
	struct route *routes;
	struct neighbour *neighbours;
	struct listener *listeners;
	struct nft_chain *chains;
	struct rule *rules;
	struct qdisc *qdiscs;
	size_t link_count, link_room, address_count, address_room, route_count, route_room;
	size_t neighbour_count, neighbour_room, listener_count, listener_room;
	size_t chain_count, chain_room, rule_count, rule_room, qdisc_count, qdisc_room;
	enum rules_known rules_known;
	const char *unread; /* why the rules are RULES_UNREAD */
	int forward[2];     /* whether packets of others are passed on, IPv4 and IPv6; -1: not known */
	int hosts; /* the number that this namespace gives the shell's own; -1 for none */
};

/* Read the network namespace of a process. Where it is not this process's own, a helper process joins
 * it, for this one never leaves its namespaces; it has ended when this returns. 0, or -1 with err:
 * EPERM where the namespace's owner is a user namespace that this user does not own. */
int network_read(pid_t pid, struct network *ret, struct error *err);

/* The same of its interfaces and their addresses alone, in a fraction of the time. What was read last is taken as
 * it was until network_forget(): at the beginning of a line, and before anything is performed. */
int network_read_links(pid_t pid, struct network *ret, struct error *err);
void network_forget(void);

/* Find out where the links lead that lead elsewhere: see struct link. What cannot be seen stays 0. */
void network_find_peers(pid_t pid, struct network *network);

/* Whether two processes are in one network namespace; not where that cannot be seen. */
bool network_shared(pid_t a, pid_t b);

/* Add the sockets that listen in the network namespace of a process, by /proc/PID/net. 0, or -1 with err. */
int network_find_listeners(pid_t pid, struct network *network, struct error *err);

/* The same of the text of one such file, udp or tcp. */
void network_parse_listeners(const char *table, bool udp, struct network *network);
void network_done(struct network *network);
#define cleanup_network __attribute__((cleanup(network_done)))

/* The interface of this number, NULL for none. */
const struct link *network_link(const struct network *network, int index);

/* What is known of an address on an interface, NULL: nothing. */
const struct neighbour *network_neighbour(const struct network *network, int index, const struct address *address);

/* The one of this name. */
const struct link *network_link_called(const struct network *network, const char *name);
