/* What a step has outside its child that leads to it: forwarders, and ports of a bridge. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct forwarder;

struct ties {
	struct forwarder **forwarders;
	struct bridge_port {
		char *net;            /* the path of its network namespace, in a process's folder in /proc */
		unsigned long inode;  /* by which that is known: no descriptor would let it end */
		char *name;
	} *ports;
	size_t forwarder_count, port_count;
};

/* Take the forwarder over. */
void ties_add_forwarder(struct ties *ties, struct forwarder *forwarder);

/* net: the path, and fd an open descriptor of the same. */
void ties_add_port(struct ties *ties, const char *net, int fd, const char *name);

/* Whether one of the ports is in the network namespace of this process. */
bool ties_lead_to(const struct ties *ties, pid_t pid);

/* End the forwarders and remove the ports that are still there. A veth goes by itself some time after the
 * network namespace of its other end: its name is to be free at once. */
void ties_cut(struct ties *ties);
