/* session/network: what a step took away from a child's network is brought back in place.
 * May include: child ops snapshot base.
 * Never: leaves unproved that the network is what it was.
 * Begin at: network.h. */
/* A child's network as it was before a step that took something away from it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child;
struct error;
struct network;
struct plan;

/* Let *ret, on the heap or NULL, be the network of a process where the plan takes something away from that of the child there
 * is; else, and where it cannot be read, NULL. */
void network_keep(const struct plan *plan, pid_t pid, struct network **ret);
void network_drop(struct network *network);

/* Make the child's network that again, and prove it by a reading. -1 with err: an interface cannot be made again, for its
 * other end is in another network namespace, or not all that it was is known; or it is not what it was. */
int network_bring_back(struct child *child, const struct network *was, struct error *err);
