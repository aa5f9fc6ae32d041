/* Whose a namespace of a census is. */
#pragma once

#include "snapshot/machine/machine.h"

struct context;

enum whose { WHOSE_OTHERS, WHOSE_HOST, WHOSE_CHILD, WHOSE_CONTAINER };

/* Of this session: the host's (this shell is in it), the child's or a container's (that process is in it);
 * *name is the container's. */
enum whose space_whose(const struct context *context, const struct space *space, const char **name);
