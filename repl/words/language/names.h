/* What children, containers and jobs may be called: one rule for all of them, by which numbers, %N, @NAME and the
 * subcommands of child remain what they are. */
#pragma once

#include <stdbool.h>

/* What the child that plays the host's part in networks is called. */
#define ROUTER "router"

enum name_fault { NAME_FITS, NAME_RESERVED, NAME_EMPTY, NAME_WRONG };
enum { NAME_LONGEST = 63 /* bytes, as a host name */ };
enum name_fault name_judge(const char *name);

/* Whether a child may be made of that name: also the router. */
bool name_fits_child(const char *name);
