/* What is refused of each kind of op on a network: a look at what its network namespace has. Each gives err its cause, the
 * evidence and the way out, and returns true; or it knows nothing, false. */
#pragma once

#include <stdbool.h>

struct error;
struct failure;
struct network;

bool network_address_refused(const struct failure *at, const struct network *net, struct error *err);
bool network_route_refused(const struct failure *at, const struct network *net, struct error *err);
bool network_make_refused(const struct failure *at, const struct network *net, struct error *err);
bool network_change_refused(const struct failure *at, const struct network *net, struct error *err);
