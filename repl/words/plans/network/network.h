/* words/plans/network: the session's router, and wires that lead to it.
 * May include: words/plans words/language snapshot ops base.
 * Never: is a word.
 * Begin at: network.h, then router.c. */
/* The router is a child of the session's that plays the host: bridges, forwarding and rules are in its
 * network namespace, and an ordinary user may make them there. */
#pragma once

#include "base/net/address.h"
#include "words/plans/plans.h"

struct link;
struct network;

/* Whether the session has one; *pid (may be NULL) is its process, 0 in a dry run. */
bool router_is_there(const struct context *context, pid_t *pid);

/* What makes it, as far as none is there: a line that comes before one that needs it. NULL: nothing. */
const char *router_line(const struct context *context);

/* Its process, in a network namespace of its own, for an ordinary user in a user namespace too. */
void plan_router(const struct context *context, struct plan *plan);

/* Refuse what takes the child out of its network namespace, or of the user namespace that owns that, where the
 * child is the router: the others are wired to there. 0, or -1 with err. */
int refuse_router_leaves(const struct context *context, const struct words *words, const struct plan *plan,
			 struct error *err);

/* The interface of the router that leads into the world. */
#define WORLD_LINK "world"

/* Where names are asked for by an ordinary user's way out, which passes it on to whom the host asks:
 * slirp4netns(1) has this address. */
#define WORLD_DNS "10.0.2.3"

/* Whether an interface may have that name, by the kernel's rule: dev_valid_name(). */
bool link_name_fits(const char *name);

/* Whether a network of containers may not, for --net or the router means something else by it. */
bool lan_name_is_reserved(const char *name);

/* Its network namespace, to be opened. */
struct op_fd router_net(const struct context *context, struct plan *plan);

/* A veth from the child, by name, to the router, by peer there. The strings are the plan's. */
struct op *plan_wire(const struct context *context, struct plan *plan, const char *name, const char *peer);

/* ---- networks of containers ---- */

/* The network that is made when it is needed, as docker calls it. */
#define LAN_DEFAULT "bridge"

/* A bridge in the router, and its address, by whose prefix the network is known. Strings are the reading's. */
struct lan {
	const char *name, *bridge;
	int index;
	struct address gateway;
};

/* A port of it: whose it is, "" where nobody said, and its address, of family 0 where none was noted. */
struct lan_member {
	const struct link *link;
	char name[256];
	struct address address;
};

/* The name of a network's bridge. */
const char *lan_bridge(const char *name);

/* What makes the network, as far as it is not there and is made when it is needed: a line that comes before
 * one that needs it. NULL: nothing. */
const char *lan_line(const struct context *context, const char *name);

/* Read the router; empty where there is none. 0, or -1 with err. */
int lan_read(const struct context *context, struct network *ret, struct error *err);

/* Network number i of those that were read, and the one of this name; false where there is none. */
bool lan_at(const struct network *network, size_t i, struct lan *ret);
bool lan_find(const struct network *network, const char *name, struct lan *ret);

/* Whether the router has a way out into the world. */
bool lan_has_world(const struct network *network);

/* Number i of what is connected to it; false behind the last. */
bool lan_member_at(const struct network *network, const struct lan *lan, size_t i, struct lan_member *ret);

/* What is noted of a member at the router's end of its wire: the plan's. */
const char *lan_alias(struct plan *plan, const char *name, const struct address *address);

/* The address wanted (text), or for NULL the lowest that nobody has, with the network's length. 0, or -1 with
 * err. */
int lan_address(const struct context *context, const struct network *network, const struct lan *lan,
		const char *wanted, struct address *ret, struct error *err);

/* A subnet that a new network of this name may have; false where all of the pool are in use. */
bool lan_free_subnet(const struct network *network, const char *name, struct address *ret);

/* The network that has an address of this subnet. */
bool lan_overlaps(const struct network *network, const struct address *subnet, struct lan *ret);

/* The lowest address of a subnet's that a host may have, and whether one is such. */
void lan_first_host(const struct address *subnet, struct address *ret);
bool lan_has_host(const struct address *subnet, const struct address *host);
