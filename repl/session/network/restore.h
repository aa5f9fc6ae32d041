/* One network as it was: how it is led back there. keep.c says which. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct child;
struct error;
struct link;
struct network;

/* Whose network it is. child: it makes the calls itself; NULL: a helper does, in the network namespace of pid. */
struct restore_place {
	pid_t pid;
	struct child *child;
};

/* The interfaces and addresses of was, which the kernel makes routes with, or else its routes and what impairs. 0, or -1
 * with err. */
enum restore_part { RESTORE_LINKS, RESTORE_ROUTES };
int network_restore(const struct restore_place *place, const struct network *was, enum restore_part part, struct error *err);

/* Prove by a reading that the network is what it was. Of addresses that the kernel gives by itself, fe80::, it is not
 * asked. -1 with err, ERR_LEFT_ALONE where it is not. */
int network_prove(const struct restore_place *place, const struct network *was, struct error *err);

/* Whether all is known of an interface of was that it takes to make it again: of a wire into another network namespace
 * what is here of it. */
bool network_makeable(const struct network *was, const struct link *link);

/* The interface of this name, NULL for none. */
const struct link *network_called(const struct network *network, const char *name);
