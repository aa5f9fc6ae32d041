/* What the ops on links, addresses and routes share: rtnetlink(7). */
#pragma once

#include "base/net/netlink.h"

struct op_outcome;

/* The number of the interface of this name in this network namespace; 0 with errno ENODEV for none. */
unsigned link_index(const char *name);

/* The six bytes of a hardware address, as in 02:00:00:00:00:01. */
bool link_mac(const char *s, unsigned char mac[6]);

/* Ask the kernel and note its own words, if it has any, as the outcome's detail. 0, or -1 with errno. */
int link_ask(struct netlink *request, struct op_outcome *outcome);

/* The same by a socket, in whose network namespace the kernel is asked. */
int link_ask_by(int fd, struct netlink *request, struct op_outcome *outcome);

/* Add to the outcome which option of the kernel brings interfaces, or qdiscs, of this kind, and its module. */
void link_option(const char *kind, struct op_outcome *outcome);
