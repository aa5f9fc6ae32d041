/* The way out of a network namespace into the world: pasta(1) or slirp4netns(1). */
#pragma once

#include <stdbool.h>

#include "session/host/forward/forward.h"

struct inside;

/* The program by its path, the interface that it makes, and the address at which it answers for names. */
struct outlet {
	const char *program, *link, *dns;
	bool is_pasta; /* else slirp4netns */
};

/* Start it for the network namespace, and wait until that has a default route by the interface. The process
 * ends with the caller, however that ends, and with forwarder_free(). NULL with err: ERR_NETWORK_WORLD, with the
 * program's own words, or what the kernel refused. */
struct forwarder *outlet_new(const struct outlet *outlet, const struct inside *inside, struct error *err);
