/* session/network: what a step took away from a child's network is brought back in place.
 * May include: child ops snapshot base.
 * Never: leaves unproved that the network is what it was.
 * Begin at: network.h. */
/* Let the child, which shares everything with the host, join the network namespace of process from. 0, or -1 with err. */
int network_enter(struct child *child, pid_t from, struct error *err);

/* A child's network as it was before a step that took something away from it. */
#pragma once

#include <sys/types.h>

struct child;
struct error;
struct kept_network;
struct plan;

/* Let *ret, on the heap or NULL, be the network of a process where the plan takes something away from that of the child there
 * is, with the network at the other end of a wire that goes; else, and where it cannot be read or not all that goes
 * could be made again, NULL. */
void network_keep(const struct plan *plan, pid_t pid, struct kept_network **ret);
void network_drop(struct kept_network *kept);

/* Make the child's network that again, and the one at the other end of its wire, and prove it by a reading. -1 with
 * err: the other end's process is in that network namespace no more, not all that it was is known, or it is not what
 * it was. */
int network_bring_back(struct child *child, const struct kept_network *was, struct error *err);
