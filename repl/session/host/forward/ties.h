/* What a step has outside its child that leads to it: forwarders, ports of a bridge, and its name there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/text.h"

struct forward;
struct forwarder;
struct named;
struct names;

struct ties {
	struct forwarder **forwarders;
	struct bridge_port {
		char *net;            /* the path of its network namespace, in a process's folder in /proc */
		unsigned long inode;  /* by which that is known: no descriptor would let it end */
		char *name, *bridge;
	} *ports;
	struct named *named; /* or NULL */
	size_t forwarder_count, port_count;
};

/* Whether anybody's ties have forwarders or ports: thousands of steps mostly have none. */
bool ties_are_held(void);

/* Take the forwarder over. */
void ties_add_forwarder(struct ties *ties, struct forwarder *forwarder);

/* Its file of hosts(5), fd (taken over), which says text and who else is in its network; line: what the others'
 * say of it, or NULL. */
void ties_add_hosts(struct ties *ties, struct names *names, int fd, const char *text, const char *line);

/* net: the path, and fd an open descriptor of the same. */
void ties_add_port(struct ties *ties, const char *net, int fd, const char *name, const char *bridge);

/* Whether one of the ports is in the network namespace of this process, on this bridge; NULL: on any. */
bool ties_lead_to(const struct ties *ties, pid_t pid, const char *bridge);

/* Whether a port has been removed from its network namespace, which is still there. seen: zero at first, and then for the
 * same look at others. */
struct ports_seen {
	unsigned long inode;
	struct text list;
};
bool ties_lost_port(const struct ties *ties, struct ports_seen *seen);

/* Whether it has the host's port that another asks for. */
bool ties_have(const struct ties *ties, const struct forward *forward);

/* Forwarders that have ended by themselves go; news gets a line for each that was killed. */
void ties_reap(struct ties *ties, struct text *news);

/* The ports in the network namespace of process from are found by process to from now on, which is there, too. */
void ties_renumber(struct ties *ties, pid_t from, pid_t to);

/* Take over the other's ports, which ties_cut() is to remove later. */
void ties_take_ports(struct ties *ties, struct ties *other);

/* End the forwarders, remove the ports that are still there, and have the others forget the name. A veth goes by itself some time after the
 * network namespace of its other end: its name is to be free at once. */
void ties_cut(struct ties *ties);
