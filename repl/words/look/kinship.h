/* Whose a mount is, as mounts --tree marks it. */
#pragma once

#include "snapshot/snapshot.h"

/* KIN_OWN: nobody outside the mount namespace sees what happens to it. KIN_SHARED: the host does, or
 * the other way round: it is in a peer group of the host's, or its slave, or the namespace is the
 * host's. KIN_HIDDEN: another mount lies over it or over a folder above it, so no path leads to it. */
enum kinship { KIN_OWN, KIN_SHARED, KIN_HIDDEN };

/* Of each mount in the table of reading, which has one; free() it. mount_namespaces(7). */
enum kinship *kinships_find(const struct reading *reading, const struct reading *host);
