/* What the ops on links, addresses and routes share: rtnetlink(7). */
#pragma once

#include "base/net/netlink.h"

struct op_outcome;

/* The number of the interface of this name in this network namespace; 0 with errno ENODEV for none. */
unsigned link_index(const char *name);

/* Ask the kernel and note its own words, if it has any, as the outcome's detail. 0, or -1 with errno. */
int link_ask(struct netlink *request, struct op_outcome *outcome);
