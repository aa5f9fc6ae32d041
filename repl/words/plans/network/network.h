/* words/plans/network: the session's router, and wires that lead to it.
 * May include: words/plans words/language snapshot ops base.
 * Never: is a word.
 * Begin at: network.h, then router.c. */
/* The router is a child of the session's that plays the host: bridges, forwarding and rules are in its
 * network namespace, and an ordinary user may make them there. */
#pragma once

#include "words/plans/plans.h"


/* Whether the session has one; *pid (may be NULL) is its process, 0 in a dry run. */
bool router_is_there(const struct context *context, pid_t *pid);

/* What makes it, as far as none is there: a line that comes before one that needs it. NULL: nothing. */
const char *router_line(const struct context *context);

/* Its process, in a network namespace of its own, for an ordinary user in a user namespace too. */
void plan_router(const struct context *context, struct plan *plan);

/* A veth from the child, by name, to the router, by peer there. The strings are the plan's. */
struct op *plan_wire(const struct context *context, struct plan *plan, const char *name, const char *peer);
